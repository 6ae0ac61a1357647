package wording

import (
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// Affects reports whether something in the submission belongs elsewhere, or
// seems to.
func Affects(x *finding.ScopeSummary) bool {
	return x != nil && x.Referrals+x.Contacts+x.Patients > 0
}

// Affected counts what is affected: "12 referrals, 20 contacts and 12
// patients".
func Affected(referrals, contacts, patients int64, c share.Counts) string {
	return c.Things(referrals, "referral") + ", " + c.Things(contacts, "contact") + " and " + c.Things(patients, "patient")
}

// Scope says in a sentence what does not belong in the submission, "" if
// nothing does not.
func Scope(x *finding.ScopeSummary, c share.Counts) string {
	if !Affects(x) {
		return ""
	}
	return Sentence(Affected(x.Referrals, x.Contacts, x.Patients, c) + " belong in another data set, or seem to; sent here they inflate national figures.")
}

// Grade says of a grade of rules on scope on what evidence it stands and what
// is to be done, in a sentence each; "" for a grade of no such rules.
func Grade(grade string) (evidence, todo string) {
	switch grade {
	case dictionary.GradeOutOfScope:
		return "The record holds a code that only the Talking Therapies (IAPT) data set may hold.",
			"Leave the referral out of the extract with all that hangs on it, or give it the code of its true source or reason."
	case dictionary.GradeDoubleCounted:
		return "The extract of your Talking Therapies service has the same referral.",
			"Send it in one of the two data sets; a patient who is stepped up needs a new referral in secondary care."
	case dictionary.GradeDeclared:
		return "Your configuration says that its team, agreement, site, staff or system is of Talking Therapies.",
			"Leave it out of the extract, or take out of the configuration what is not of that service."
	case dictionary.GradeLikely:
		return "Who delivers the contacts, to whom, and in which team, looks like adult Talking Therapies.",
			"Ask the team: declare it in the configuration if it is of that service; else switch the rule off, with a reason."
	case dictionary.GradeToCheck:
		return "Something in it is unusual for this data set.", "Look at the rows named; nothing is counted as affected."
	case dictionary.GradeInformation:
		return "Allowed, and good to know.", "Nothing need be done."
	}
	return "", ""
}

// Declared says what the entries of the configuration name, "" without any:
// "teams: entry 1 names 7 rows, entry 2 names none". An entry may be an
// identifier, so it is told by its place.
func Declared(x *finding.ScopeSummary, c share.Counts) string {
	if x == nil {
		return ""
	}
	var b strings.Builder
	for i, d := range x.Declared {
		switch {
		case i > 0 && x.Declared[i-1].List == d.List:
			b.WriteString(", ")
		case i > 0:
			b.WriteString("; ")
			fallthrough
		default:
			b.WriteString(strings.ReplaceAll(d.List, "_", " ") + ": ")
		}
		b.WriteString("entry " + strconv.Itoa(d.Entry) + " names ")
		if d.Hits == 0 {
			b.WriteString("none")
		} else {
			b.WriteString(c.Things(d.Hits, "row"))
		}
	}
	return b.String()
}

// Switched says what a setting of the configuration has done to a rule of ours:
// "off, 3 findings left out; until 2099-01-01: being repaired".
func Switched(x *finding.Suppressed, c share.Counts) string {
	what := "off, " + c.Things(x.Count, "finding") + " left out"
	if !x.Off {
		what = "graded " + Clean(x.Grade) + ", " + c.Things(x.Count, "finding")
	}
	return what + "; until " + Clean(x.Expires) + ": " + Clean(x.Reason)
}

// SwitchedAll says it of every setting in one sentence, "" without any.
func SwitchedAll(list []finding.Suppressed, c share.Counts) string {
	var words []string
	for i := range list {
		words = append(words, list[i].Rule.Code+" "+Switched(&list[i], c))
	}
	if len(words) == 0 {
		return ""
	}
	return "Switched by the configuration: " + strings.Join(words, "; ") + "."
}

// More says in one sentence what else could be checked, "" for nothing.
func More(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "More could be checked: " + Clean(strings.Join(list, "; ")) + "."
}
