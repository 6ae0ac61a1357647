package summary

import (
	"strconv"

	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// AppendScope appends what does not belong in the submission, the settings of
// our own rules, and what more could be checked, as members of an object that
// has members before them:
//
//	,"scope":{"referrals","contacts","patients","grades":[…],"declared":[…]},"switched":[…],"more":[…]
func AppendScope(b []byte, s *finding.Summary, shown share.Counts) []byte {
	count := func(key string, n int64) { b = shown.JSON(append(b, key...), n) }
	b = append(b, `,"scope":`...)
	if s.Scope == nil {
		b = append(b, "null"...)
	} else {
		count(`{"referrals":`, s.Scope.Referrals)
		count(`,"contacts":`, s.Scope.Contacts)
		count(`,"patients":`, s.Scope.Patients)
		b = append(b, `,"grades":[`...)
		for i, g := range s.Scope.Grades {
			b = text(comma(b, i), `{"grade":`, g.Grade)
			count(`,"referrals":`, g.Referrals)
			count(`,"contacts":`, g.Contacts)
			count(`,"patients":`, g.Patients)
			b = append(b, '}')
		}
		b = append(b, `],"declared":[`...)
		for i, d := range s.Scope.Declared {
			b = text(comma(b, i), `{"list":`, d.List)
			b = strconv.AppendInt(append(b, `,"entry":`...), int64(d.Entry), 10)
			count(`,"rows":`, d.Hits)
			b = append(b, '}')
		}
		b = append(b, "]}"...)
	}
	b = append(b, `,"switched":[`...)
	for i, x := range s.Suppressed {
		b = text(comma(b, i), `{"code":`, x.Rule.Code)
		b = strconv.AppendBool(append(b, `,"off":`...), x.Off)
		b = text(b, `,"grade":`, x.Grade)
		count(`,"count":`, x.Count)
		b = text(b, `,"reason":`, x.Reason)
		b = append(text(b, `,"expires":`, x.Expires), '}')
	}
	b = append(b, `],"more":[`...)
	for i, m := range s.More {
		b = text(comma(b, i), "", m)
	}
	return append(b, ']')
}
