package cases

import (
	"slices"
	"strings"

	"mhsds/dictionary"
)

// form makes the cases of how values are written. Its rules are about every
// column; a case shows one.
func (b *builder) form() {
	value := func(fail bool, ref dictionary.Ref, name, value string) {
		b.add(Case{Name: name, Fail: fail, Rows: []Row{{ref.Table, b.fields(ref.Field, value)}}})
	}
	switch b.rule.Check {
	case dictionary.FormLostZeros:
		ref, code := b.codeWith(func(codes []string, c string) bool {
			bare := strings.TrimLeft(c, "0")
			return bare != c && bare != "" && allDigits(c) && !slices.Contains(codes, bare)
		})
		if code != "" {
			value(fail, ref, "code "+code+" without its zeros", strings.TrimLeft(code, "0"))
			value(pass, ref, "code "+code, code)
			value(pass, ref, "no code, with zeros or without", "7777")
			value(pass, ref, "blank", "")
		}
	case dictionary.FormExponent:
		if ref, ok := b.textField(); ok {
			value(fail, ref, "a long number as a spreadsheet shows it", "1.23E+15")
			value(fail, ref, "without a fraction", "1E+15")
			value(fail, ref, "a small number", "-1.5E-07")
			value(pass, ref, "the number itself", "1230000000000001")
			value(pass, ref, "an identifier with an E", "1E15")
			value(pass, ref, "two digits before the E", "12E+15")
			value(pass, ref, "a fraction without digits", "1.E+15")
			value(pass, ref, "blank", "")
		}
	case dictionary.FormSerialDate:
		if ref, ok := b.dateField(); ok {
			value(pass, ref, "a date", midPeriod)
			value(fail, ref, "a day of 2025 as a spreadsheet keeps it", "45901")
			value(fail, ref, "with a time of day", "45901.5")
			value(fail, ref, "the first that counts", "10000")
			value(pass, ref, "the number before", "9999")
			value(fail, ref, "the last that counts", "60000")
			value(pass, ref, "the number behind", "60001")
			value(pass, ref, "a date without hyphens", "20260915")
			value(pass, ref, "blank", "")
		}
	case dictionary.FormLetterCase:
		ref, code := b.codeWith(func(codes []string, c string) bool {
			return strings.ToLower(c) != c && !slices.Contains(codes, strings.ToLower(c))
		})
		if code != "" {
			value(fail, ref, "code "+code+" in small letters", strings.ToLower(code))
			value(pass, ref, "code "+code, code)
			value(pass, ref, "no code in any letters", strings.ToLower(code)+"x")
			value(pass, ref, "blank", "")
		}
	}
}

// codeWith returns the first field and code of its list for which is holds.
func (b *builder) codeWith(is func(codes []string, code string) bool) (dictionary.Ref, string) {
	for i := range b.d.Rules {
		r := &b.d.Rules[i]
		if r.Kind != dictionary.InSet || r.Table == b.header.ID || b.d.List(r.List) == nil || r.Status == dictionary.PipelineOnly {
			continue
		}
		ref := dictionary.Ref{Table: r.Table, Field: r.Field}
		codes := codesOf(b.d, ref)
		for _, c := range codes {
			if is(codes, c) {
				return ref, c
			}
		}
	}
	return dictionary.Ref{}, ""
}

// codesOf lists the codes of all lists of a field.
func codesOf(d *dictionary.Dictionary, ref dictionary.Ref) []string {
	var codes []string
	for i := range d.Rules {
		r := &d.Rules[i]
		if l := d.List(r.List); r.Kind == dictionary.InSet && r.Table == ref.Table && r.Field == ref.Field && l != nil && r.Unchecked == "" && r.Status != dictionary.PipelineOnly {
			for _, c := range l.Codes {
				codes = append(codes, c.Code)
			}
			codes = append(codes, r.Defaults...)
		}
	}
	return codes
}

// textField is a field of texts without codes, and dateField one of dates,
// neither of the header.
func (b *builder) textField() (dictionary.Ref, bool) {
	return b.fieldWith(func(t *dictionary.Table, f *dictionary.Field) bool {
		return f.Type == dictionary.Text && len(codesOf(b.d, dictionary.Ref{Table: t.ID, Field: f.Name})) == 0
	})
}

func (b *builder) dateField() (dictionary.Ref, bool) {
	return b.fieldWith(func(_ *dictionary.Table, f *dictionary.Field) bool { return f.Type == dictionary.Date })
}

func (b *builder) fieldWith(is func(*dictionary.Table, *dictionary.Field) bool) (dictionary.Ref, bool) {
	for i := range b.d.Tables {
		t := &b.d.Tables[i]
		for k := range t.Fields {
			if t.ID != b.header.ID && is(t, &t.Fields[k]) {
				return dictionary.Ref{Table: t.ID, Field: t.Fields[k].Name}, true
			}
		}
	}
	return dictionary.Ref{}, false
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
