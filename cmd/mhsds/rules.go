package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate/report/summary"
)

func (p *program) rulesCommand() *cobra.Command {
	var table, format, from string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "The catalogue of rules, and which of them are judged",
		Long: `The catalogue of rules. The status of each is exact, partly, needs reference
data, needs portal data, or not checked; json says why.`,
		Example: `  mhsds rules --table Referral
  mhsds rules --format json`,
		Args: exactly(),
	}
	flags := cmd.Flags()
	flags.StringVar(&table, "table", "", "rules of one `TABLE` only")
	flags.StringVar(&format, "format", "text", "`text|json`")
	flags.StringVar(&from, "schemas", "", "the rules of the schemas in `DIR` instead of those in the program")
	cmd.RunE = p.run(func(*cobra.Command, []string) error {
		if format != "text" && format != "json" {
			return usagef("--format: %q is not a form of the catalogue%s", format, didYouMean(format, []string{"text", "json"}, "forms are"))
		}
		d, err := dictionaryOf(from)
		if err != nil {
			return err
		}
		rules, err := rulesOf(d, table)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(p.stdout)
		if format == "json" {
			rulesJSON(w, d, rules)
		} else {
			rulesText(w, d, rules)
		}
		return w.Flush()
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// rulesOf returns the rules on a table, of all for "". A rule that no table
// owns is among those of all only.
func rulesOf(d *dictionary.Dictionary, table string) ([]*dictionary.Rule, error) {
	id := ""
	if table != "" {
		t, err := tableOf(d, table)
		if err != nil {
			return nil, err
		}
		id = t.ID
	}
	var rules []*dictionary.Rule
	for i := range d.Rules {
		if id == "" || d.Rules[i].Table == id {
			rules = append(rules, &d.Rules[i])
		}
	}
	return rules, nil
}

// tableOf finds a table by name, by identifier, or by its name without the
// identifier, in any case.
func tableOf(d *dictionary.Dictionary, name string) (*dictionary.Table, error) {
	var names []string
	for i := range d.Tables {
		t := &d.Tables[i]
		short := strings.TrimPrefix(t.Name, t.ID)
		if strings.EqualFold(name, t.ID) || strings.EqualFold(name, t.Name) || short != "" && strings.EqualFold(name, short) {
			return t, nil
		}
		names = append(names, t.Name, t.ID, short)
	}
	return nil, usagef("no table %q%s", name, dictionary.DidYouMean(name, names))
}

// rulesJSON writes an array with one object a line.
func rulesJSON(w *bufio.Writer, d *dictionary.Dictionary, rules []*dictionary.Rule) {
	var b []byte
	for i, r := range rules {
		status, why := handbook.Status(d, r)
		b = append(b[:0], ",\n {"...)
		if i == 0 {
			b = append(b[:0], "[\n {"...)
		}
		for k, v := range [...][2]string{
			{"code", r.Code}, {"severity", r.Severity.String()}, {"table", tableName(d, r.Table)}, {"field", r.Field},
			{"kind", r.Kind.String()}, {"status", status}, {"why", why},
		} {
			if k > 0 {
				b = append(b, ", "...)
			}
			b = append(summary.AppendString(b, v[0]), ": "...)
			if v[1] == "" {
				b = append(b, "null"...)
			} else {
				b = summary.AppendString(b, v[1])
			}
		}
		w.Write(append(b, '}'))
	}
	if len(rules) == 0 {
		w.WriteString("[")
	}
	w.WriteString("\n]\n")
}

// rulesText writes one line a rule, so that it can be searched by line.
func rulesText(w *bufio.Writer, d *dictionary.Dictionary, rules []*dictionary.Rule) {
	width := [4]int{}
	lines := make([][4]string, len(rules))
	for i, r := range rules {
		status, _ := handbook.Status(d, r)
		lines[i] = [4]string{r.Code, r.Severity.String(), status, tableName(d, r.Table)}
		for k, cell := range lines[i] {
			width[k] = max(width[k], len(cell))
		}
	}
	for i, r := range rules {
		for k, cell := range lines[i] {
			fmt.Fprintf(w, "%-*s  ", width[k], cell)
		}
		fmt.Fprintln(w, d.Message(r))
	}
}

// tableName is the name of the table with that identifier, "" for "".
func tableName(d *dictionary.Dictionary, id string) string {
	if id == "" {
		return ""
	}
	return d.TableName(id)
}
