package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary/handbook"
)

func (p *program) explainCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:     "explain CODE",
		Short:   "What a rule means, why it exists, how to repair what it finds",
		Example: `  mhsds explain CODE`,
		Args:    exactly("CODE"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			d, err := dictionaryOf(from)
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var found []string
			for _, code := range codes(d) {
				if strings.HasPrefix(code, strings.ToUpper(begun)) {
					found = append(found, code)
				}
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&from, "schemas", "", "the rules of the schemas in `DIR` instead of those in the program")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		d, err := dictionaryOf(from)
		if err != nil {
			return err
		}
		r := d.Rule(args[0])
		if r == nil {
			return usagef("no rule %q%s", args[0], likely(handbook.Nearest(d, args[0])))
		}
		_, err = fmt.Fprint(p.stdout, handbook.Explain(d, r))
		return err
	})
	return cmd
}

// likely ends a sentence with the codes that may be meant.
func likely(codes []string) string {
	switch n := len(codes); n {
	case 0:
		return "; mhsds rules lists all"
	case 1:
		return "; did you mean " + codes[0] + "?"
	default:
		return "; did you mean " + strings.Join(codes[:n-1], ", ") + " or " + codes[n-1] + "?"
	}
}
