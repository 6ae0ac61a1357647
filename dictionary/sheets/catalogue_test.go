package sheets

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
)

// tally counts the facts by what key says of them; "" is not counted.
func tally[T any](facts []T, key func(*T) string) map[string]int {
	n := map[string]int{}
	for i := range facts {
		if k := key(&facts[i]); k != "" {
			n[k]++
		}
	}
	return n
}

// What is in the dictionary of v6.0, counted. A change of a number here is a
// change of the standard or of what is known of it.
func TestCatalogue(t *testing.T) {
	d := mustRead(t, standard(t))
	var fields []dictionary.Field
	for _, table := range d.Tables {
		fields = append(fields, table.Fields...)
	}
	var codes []dictionary.Code
	for _, l := range d.Lists {
		codes = append(codes, l.Codes...)
	}
	national := slices.DeleteFunc(slices.Clone(d.Rules), func(r dictionary.Rule) bool { return r.Own() })
	own := slices.DeleteFunc(slices.Clone(d.Rules), func(r dictionary.Rule) bool { return !r.Own() })
	yes := func(b bool, word string) string {
		if b {
			return word
		}
		return ""
	}

	for _, tt := range []struct {
		what      string
		got, want map[string]int
	}{
		{"sizes", map[string]int{
			"tables": len(d.Tables), "fields": len(fields), "context fields": len(d.Context.Fields),
			"lists": len(d.Lists), "codes": len(codes), "national rules": len(national), "own rules": len(own),
			"references": len(d.References), "scales": len(d.Scales), "roles": len(d.Roles), "signs": len(d.Scope),
			"quality measures": len(d.Quality), "measures": len(d.Measures),
		}, map[string]int{
			"tables": 61, "fields": 439, "context fields": 5,
			"lists": 105, "codes": 1221, "national rules": 1158, "own rules": 36,
			"references": 67, "scales": 463, "roles": 44, "signs": 69,
			"quality measures": 93, "measures": 37, // two measures of quality have two parts
		}},
		{"fields by type", tally(fields, func(f *dictionary.Field) string { return f.Type.String() }),
			// 280 text of the layout, 7 of 14 numbers that are text, and the one of the rule list.
			map[string]int{"text": 288, "date": 101, "time": 42, "number": 7, "datetime": 1}},
		{"fields with a mark", tally(fields, func(f *dictionary.Field) string {
			return strings.Trim(yes(f.SpecificationOnly, "specification only ")+yes(f.NumberAllowed, "number allowed ")+yes(f.Digits == 10, "ten digits"), " ")
		}), map[string]int{"specification only": 1, "number allowed": 6, "number allowed ten digits": 2}},
		{"national rules by status", tally(national, func(r *dictionary.Rule) string { return r.Status.String() }),
			map[string]int{"both": 1104, "specification_only": 30, "portal_check": 12, "pipeline_only": 11, "seen_in_reports": 1}},
		{"national rules by severity", tally(national, func(r *dictionary.Rule) string { return r.Severity.String() }),
			map[string]int{"record rejected": 844, "group rejected": 101, "warning": 201, "file rejected": 12}},
		{"national rules by kind", tally(national, func(r *dictionary.Rule) string { return r.Kind.String() }),
			map[string]int{
				"not_blank": 164, "alphanumeric": 265, "numeric": 17, "decimal": 1, "format": 4, "in_set": 134,
				"valid_date": 101, "valid_time": 42, "valid_datetime": 8, "date_on_or_after": 99, "date_on_or_before": 129,
				"datetime_on_or_before": 1, "age_range": 2, "values_equal": 4, "comparison": 18, "unique": 40, "unique_when": 3,
				"singleton": 1, "nhs_number": 2, "org_valid": 8, "org_valid_or_default": 9, "site_valid": 2, "school_valid": 1,
				"postcode_in_reference": 3, "snomed_ct": 8, "diag_code": 4, "find_code": 2, "assessment_code": 3,
				"assessment_score": 3, "gp_successor": 1, "parent_exists": 64, "child_exists": 5, "reject_all": 1,
				"file_check": 8, "message_only": 1,
			}},
		{"national rules with a mark", tally(national, func(r *dictionary.Rule) string {
			return strings.Trim(yes(r.SeverityOne, "severity one ")+yes(r.PipelineSeverity != 0, "other in the pipeline ")+yes(r.Unchecked != "", "unchecked"), " ")
		}), map[string]int{"severity one": 18, "other in the pipeline": 16, "unchecked": 3, "other in the pipeline unchecked": 1}},
		{"rules by source", tally(d.Rules, func(r *dictionary.Rule) string { return r.Status.String() + ": " + r.Source }),
			map[string]int{
				"both: rule list March 2024; pipeline January 2024": 1104,
				"specification_only: rule list March 2024":          30,
				"portal_check: portal":                              12,
				"pipeline_only: pipeline January 2024":              11,
				"seen_in_reports: published reports":                1,
				"pre_submission: this project":                      33,

				"pre_submission: NHS Data Dictionary publication, October 2020 text": 3,
			}},
		{"own rules", tally(own, func(r *dictionary.Rule) string {
			return r.Code + " " + r.Check + ", " + r.Severity.String() + ", " + r.Grade
		}),
			map[string]int{
				"PRE0101 ragged_row, record rejected, container":       1,
				"PRE0102 oversized_field, record rejected, container":  1,
				"PRE0103 control_character, warning, container":        1,
				"PRE0104 stray_quote, warning, container":              1,
				"PRE0105 unclosed_quote, record rejected, container":   1,
				"PRE0106 unreadable_time, warning, container":          1,
				"PRE0107 padding, warning, container":                  1,
				"PRE0108 date_layout, warning, container":              1,
				"PRE0109 unreadable_value, record rejected, container": 1,

				"PRE0201 value, warning, out of scope":               1,
				"PRE0202 value, warning, out of scope":               1,
				"PRE0203 value, warning, out of scope":               1,
				"PRE0211 declared, warning, declared locally":        1,
				"PRE0212 declared, warning, declared locally":        1,
				"PRE0213 declared, warning, declared locally":        1,
				"PRE0214 declared, warning, declared locally":        1,
				"PRE0215 declared, warning, declared locally":        1,
				"PRE0216 declared, warning, declared locally":        1,
				"PRE0217 declared, warning, declared locally":        1,
				"PRE0218 declared, warning, declared locally":        1,
				"PRE0221 same_referral, warning, double counted":     1,
				"PRE0222 same_patient_team, warning, double counted": 1,
				"PRE0223 same_patient_date, warning, double counted": 1,
				"PRE0231 likely, warning, likely":                    1,
				"PRE0241 before_period, warning, to check":           1,
				"PRE0242 outside_england, warning, to check":         1,
				"PRE0243 not_nhs_funded, warning, information":       1,
				"PRE0244 nhs_number_inside, warning, to check":       1,
				"PRE0245 test_patient, warning, to check":            1,

				"PRE0301 lost_zeros, warning, quality":          1,
				"PRE0302 exponent, warning, quality":            1,
				"PRE0303 serial_date, warning, quality":         1,
				"PRE0304 letter_case, warning, quality":         1,
				"PRE0401 table_vanished, warning, plausibility": 1,
				"PRE0402 table_doubled, warning, plausibility":  1,
				"PRE0403 measure_moved, warning, plausibility":  1,
			}},
		{"references by the rule's severity", tally(d.References, func(r *dictionary.Reference) string {
			rule := d.Rule(r.Rule)
			return rule.Kind.String() + ", " + rule.Severity.String() + yes(rule.Status == dictionary.PipelineOnly, ", off")
		}), map[string]int{
			"child_exists, group rejected": 3, "parent_exists, warning": 9,
			"parent_exists, group rejected": 53, "parent_exists, group rejected, off": 2,
		}},
		{"scales", tally(d.Scales, func(s *dictionary.Scale) string {
			form := "nothing known"
			switch {
			case s.Values != nil:
				form = "values"
			case s.Low != "":
				form = "range"
			}
			return form + yes(s.Earlier, ", earlier") + yes(s.Later, ", later")
		}), map[string]int{
			"values, earlier, later": 208, "range, earlier, later": 218, "range, later": 33,
			"range, earlier": 2, "nothing known, earlier": 2,
		}},
		{"scales with values on one side", tally(d.Scales, func(s *dictionary.Scale) string {
			if s.EarlierOnly == nil && s.LaterOnly == nil {
				return ""
			}
			return s.Concept + " " + strings.Join(s.EarlierOnly, ",") + "/" + strings.Join(s.LaterOnly, ",")
		}), map[string]int{"979831000000108 J/K,O": 1}},
		{"codes", tally(codes, func(c *dictionary.Code) string {
			return strings.Trim(yes(c.Label == "", "no label ")+yes(c.Default, "default ")+c.ValidFrom, " ")
		}), map[string]int{"no label": 242, "default": 36, "2026-04-01": 1}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
	if got := [3]string{d.Version, d.RulesDated, d.ScalesRevision}; got != [3]string{"6.0", "2024-03", "6.0.7.1"} {
		t.Errorf("release %v", got)
	}
}

// What the catalogue as a whole promises.
func TestCatalogueHolds(t *testing.T) {
	d := mustRead(t, standard(t))
	for i := range d.Rules {
		r := &d.Rules[i]
		switch {
		case r.Kind == dictionary.InSet && r.Unchecked == "" && len(d.List(r.List).Codes) == 0:
			t.Errorf("%s has no codes and no reason", r.Code)
		case r.Kind == dictionary.ValidTime && r.NoCase == "":
			t.Errorf("%s never fails, and does not say so", r.Code)
		case r.Unchecked != "" && r.NoCase == "":
			t.Errorf("%s cannot be judged, so it needs a reason to have no case", r.Code)
		case r.PipelineSeverity != 0 && r.Note == "":
			t.Errorf("%s has another severity in the pipeline and no note", r.Code)
		case r.Own() && r.Note == "":
			t.Errorf("%s is ours and has no note", r.Code)
		case len(r.Items) > 10:
			t.Errorf("%s prints %d items; a report has room for ten", r.Code, len(r.Items))
		}
	}
	// Fields in rules and lists are used: a list that no rule names is a fault
	// of the seed.
	for _, l := range d.Lists {
		if !slices.ContainsFunc(d.Rules, func(r dictionary.Rule) bool { return r.List == l.Name }) {
			t.Errorf("no rule names list %s", l.Name)
		}
	}
	// No code is longer than the greatest length that a rule of its field allows.
	longest := map[dictionary.Ref]int{}
	for _, r := range d.Rules {
		if r.Kind == dictionary.Alphanumeric || r.Kind == dictionary.Numeric {
			longest[dictionary.Ref{Table: r.Table, Field: r.Field}] = r.Max
		}
	}
	for _, r := range d.Rules {
		if r.Kind != dictionary.InSet || r.Unchecked != "" {
			continue
		}
		for _, c := range d.List(r.List).Codes {
			if n := longest[dictionary.Ref{Table: r.Table, Field: r.Field}]; n > 0 && len(c.Code) > n {
				t.Errorf("%s: code %s is longer than %d", r.Code, c.Code, n)
			}
		}
	}
	// Every declared foreign key has its referential rule.
	for _, table := range d.Tables {
		for _, f := range table.Fields {
			if f.ForeignTable == "" {
				continue
			}
			if !slices.ContainsFunc(d.Rules, func(r dictionary.Rule) bool {
				return r.Kind == dictionary.ParentExists && r.Table == table.ID && r.Field == f.Name &&
					r.Other == dictionary.Ref{Table: f.ForeignTable, Field: f.ForeignField}
			}) {
				t.Errorf("foreign key %s.%s has no rule", table.ID, f.Name)
			}
		}
	}
}
