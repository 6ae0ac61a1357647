package validate

import (
	"slices"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/plan"
)

// registered looks the value up again.
func (w *asking) registered(name, v string) {
	r, reference := w.rule, w.run.v.opt.Reference
	switch {
	case slices.Contains(r.Defaults, v):
		w.spare("%s holds a default code, which needs no look-up", name)
		return
	case r.Prefix != "" && strings.HasPrefix(v, r.Prefix):
		w.spare("%s begins with %s, which needs no look-up", name, r.Prefix)
		return
	}
	register := r.Kind.Register()
	var dates []string
	has := false
	for _, ref := range r.AsAt {
		date := w.run.header[ref.Field]
		day := plan.ParseDay(date)
		if day <= batch.Unreadable {
			w.spare("The header's %s is no date, so there is no day for which to look up", w.run.v.plan.Dictionary.Label(ref))
			return
		}
		dates = append(dates, date)
		has = has || reference != nil && reference.Has(register, []byte(v), day)
	}
	w.test(has, "%s is in the list of %s that was given, and in use on %s", name, register, strings.Join(dates, " or "))
}
