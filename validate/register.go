package validate

import (
	"fmt"

	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
)

// staleAfter is how many days older than the period reference data may be
// before that is said: registers are published monthly, directories of
// postcodes every quarter.
const staleAfter = 183

// referenceNotices says what is odd about the reference data of a period that
// begins on start.
func referenceNotices(files []finding.ReferenceFile, start int32) []finding.Notice {
	var notices []finding.Notice
	say := func(f *finding.ReferenceFile, format string, args ...any) {
		notices = append(notices, finding.Notice{File: f.Name, Text: fmt.Sprintf(format, args...)})
	}
	for i := range files {
		f := &files[i]
		if f.LeftOut > 0 {
			say(f, "%s left out, the first in line %d: no code, or a date that cannot be read", plural(int(f.LeftOut), "row"), f.LeftOutLine)
		}
		if f.Undated > 0 {
			say(f, "%s said to be closed without a date of closing; counted as open", plural(int(f.Undated), "code"))
		}
		if day := plan.ParseDay(f.Newest); day > batch.Unreadable && start > batch.Unreadable && day < start-staleAfter {
			say(f, "its newest code is of %s; codes that came later are not known and will be said to be wrong", f.Newest)
		}
	}
	return notices
}
