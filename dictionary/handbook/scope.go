package handbook

import (
	"slices"
	"strings"

	"mhsds/dictionary"
)

// What is said of rules on scope. The adult Talking Therapies service (formerly
// adult IAPT) has a data set of its own, and people in it are counted there.

// local begins repairs that are made in neither extract nor system.
const local = "In your configuration: "

func (w *writer) signs(part string) string { return list(w.d.SignText(part), "or") }

// checkedScope states when a rule on scope finds something.
func (w *writer) checkedScope(f string) []string {
	r := w.r
	switch r.Check {
	case dictionary.ScopeValue:
		return []string{f + " is none of the codes below, compared exactly.", "A blank passes."}
	case dictionary.ScopeDeclared:
		var as []string
		for _, ref := range r.Fields {
			for _, s := range w.d.Scope {
				if s.Table == ref.Table && s.Field == ref.Field && slices.Contains(dictionary.DeclaredParts(), s.Part) {
					as = append(as, w.d.Label(ref)+" is not among the "+s.Part+" in section [scope] of the configuration")
				}
			}
		}
		s := []string{strings.Join(as, "; ") + ". Values are compared exactly.", "A blank passes, and so does everything as long as nothing is declared."}
		switch {
		case w.plays(roleReferral, dictionary.Ref{Table: r.Table}):
			s = append(s, "What hangs on the referral is counted with it and not named one by one.")
		case w.d.Table(r.Table) != nil && slices.ContainsFunc(w.d.Table(r.Table).Fields, func(x dictionary.Field) bool { return w.pointsAt(roleReferral, r.Table, x.Name) }):
			s = append(s, "Rows under a referral that is itself out of scope, declared or counted twice pass here: they are counted with it.")
		}
		return s
	case dictionary.ScopeSameReferral:
		return []string{
			"No row of the file given with --talking-therapies has the same referral identifier.",
			"A row whose NHS number is another than the patient's does not count: the identifiers are then equal by chance.",
			"Everything passes when no such file is given.",
		}
	case dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		s := []string{"No row of the file given with --talking-therapies is of the same patient and has the same referral date and the same team. The patient is the same when the NHS numbers are; where one side has none, when the local identifiers are."}
		if r.Check == dictionary.ScopeSamePatientDate {
			s[0] = "No row of the file given with --talking-therapies is of the same patient and has the same referral date, where the file, or the referral, names no team. The patient is the same when the NHS numbers are; where one side has none, when the local identifiers are."
		}
		return append(s, "The same patient on another date passes: people move between the services.", "A referral that the file has by its identifier is not named again.")
	case dictionary.ScopeLikely:
		return []string{
			"A contact is theirs when a member of staff with one of these job roles delivered an activity of it, and nobody with another job role did: " + w.signs(dictionary.SignTherapist) + ". Staff without a job role, and these, neither make a contact theirs nor keep it from being so: " + w.signs(dictionary.SignNeutralRole) + ".",
			"A referral is named when more than half of its contacts for which staff are named, with the patient aged 18 or over on the day (adult_age in the configuration), are theirs, in teams in which at least half of such contacts, of any age, are theirs (team_share).",
			"The team of a contact is the contact's own, else the referral's. Contacts that name no team count as one team.",
			"Passed over are teams of these types: " + w.signs(dictionary.SignOtherTeamType) + "; of this age group: " + w.signs(dictionary.SignOtherAgeGroup) + "; and referrals with this source: " + w.signs(dictionary.SignOtherSource) + "; or this reason: " + w.signs(dictionary.SignOtherReason) + ".",
			"The confidence counts four signs: at least two contacts, all of them theirs; at least four in five of the team's are; the team has at least ten; an assessment typical of the service is recorded (" + w.signs(dictionary.SignTypicalAssessment) + "). Three or four are high, two moderate, fewer low. Such an assessment by itself is no sign.",
			"A referral that another rule on scope has already named more surely is not named here.",
		}
	case dictionary.ScopeBeforePeriod:
		var at []string
		for _, ref := range r.Fields {
			at = append(at, w.d.Label(ref)+" of "+w.d.TableName(ref.Table))
		}
		return []string{"Not before the first day of the reporting period: " + list(at, "and") + ".", "A blank, or what is no date, passes."}
	case dictionary.ScopeOutsideEngland:
		var areas []string
		for _, s := range w.d.Signs(dictionary.SignAreaAbroad) {
			areas = append(areas, s.Value)
		}
		return []string{
			f + " is not of a postcode area that lies outside England as a whole: " + list(areas, "or") + ".",
			"Or some referral or contact of the patient names a commissioner whose code does not begin as those outside England do: " + w.signs(dictionary.SignCommissionerAbroad) + ".",
			"A patient for whom no commissioner is named passes.",
		}
	case dictionary.ScopeNotFunded:
		return []string{
			"A contact is private when it names as commissioner " + w.signs(dictionary.SignPrivateCommissioner) + ", or names none and says " + w.signs(dictionary.SignPrivate) + ". A contact that says neither goes by its referral's commissioner.",
			"A referral is private when all its contacts are, or when it has none and its own commissioner says so. A patient is named when all referrals are.",
		}
	case dictionary.ScopeNHSNumberInside:
		return []string{
			"A number of exactly ten digits within an identifier counts as an NHS number when its check digit is right.",
			"A field is named once, with the number of rows: when one of them holds the NHS number of its own row, or when at least half of its identifiers with ten digits have a right check digit.",
		}
	case dictionary.ScopeTestPatient:
		return []string{
			f + " does not begin with " + r.Prefix + ".",
			"Everything passes when at least half of the patients with a number have such a one: the file is then synthetic as a whole.",
		}
	}
	return nil
}

// pointsAt reports whether a field is looked up in the role's table.
func (w *writer) pointsAt(role, table, field string) bool {
	return slices.ContainsFunc(w.d.Rules, func(r dictionary.Rule) bool {
		return r.Kind == dictionary.ParentExists && active(&r) && r.Table == table && r.Field == field && w.plays(role, dictionary.Ref{Table: r.Other.Table})
	})
}

func (w *writer) proseScope() (purpose, causes, repairs []string) {
	counted := "Activity of the adult Talking Therapies service (formerly adult IAPT) is reported in a data set of its own. Sent here too it is counted twice and inflates the national figures of secondary care."
	filter := extract + "leave out the referrals of that service with all that hangs on them, by its teams or by the system that it uses."
	declare := "Where the finding is right to stand, switch the rule off in the configuration, with a reason and a date of expiry."
	switch w.r.Check {
	case dictionary.ScopeValue:
		return []string{counted, "The code has a meaning within that data set only, so the record itself says where it belongs. The portal warns of the code and keeps the record."},
			[]string{"Both services use one system, and the extract takes the referrals of both.", "A local code of a step within Talking Therapies is mapped to this national code."},
			[]string{filter, mapping + "where the referral belongs to secondary care after all, give it the code of its true source or reason. This one belongs here: " + w.signs(dictionary.SignOtherSource) + "."}
	case dictionary.ScopeDeclared:
		return []string{counted, "No national code says which team is a Talking Therapies team; you know it, and the configuration can say it."},
			[]string{"Both services use one system, and the extract does not tell their teams apart.", "A new team, site or line of the service was not added to the filter of the extract."},
			[]string{filter, local + "take out what does not belong to the service. An entry that matches nothing is said in the report."}
	case dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		return []string{counted, "One and the same referral in both submissions is the surest sign there is."},
			[]string{"The filters of the two extracts overlap, or neither has one.", "A joint team, or a single point of access, records for both services."},
			[]string{filter, system + "a patient who is stepped up into secondary care needs a new referral there; end the one in Talking Therapies.", declare}
	case dictionary.ScopeLikely:
		return []string{counted, "Nearly all Psychological Wellbeing Practitioners and High Intensity Therapists work in Talking Therapies. Where they deliver most of a team's contacts with adults, the team is likely to be one."},
			[]string{"Both services use one system, and the extract takes the referrals of both.", "The team is of secondary care and employs such staff; then the finding is wrong."},
			[]string{filter, local + "declare the teams of the service, so that likelihood becomes certainty.", declare}
	case dictionary.ScopeBeforePeriod:
		return []string{"A submission tells one month. An event of another month is counted in the wrong one, or twice."},
			[]string{"The extract takes all rows of a stay or package that is still open, with events of earlier months."},
			[]string{extract + "take events of the month alone.", declare}
	case dictionary.ScopeOutsideEngland:
		return []string{"The data set covers services in England, and elsewhere those that England commissions. A patient who neither lives in England nor is commissioned there may have been seen in a service outside."},
			[]string{"One system serves sites on both sides of a border, and the extract takes all of them.", "The patient lives outside England and is treated in it: then the record belongs here."},
			[]string{extract + "leave out care at sites outside England that England does not commission.", declare}
	case dictionary.ScopeNotFunded:
		return []string{"Care that the NHS pays for, wholly or in part, must be sent; care that it does not pay for may be. So this is information and no fault."},
			[]string{"Private care is recorded in the same system.", "The commissioner was not known, and the code for private patients was put in."},
			[]string{"Decide once whether you send such care, and keep to it, since it moves your figures.", mapping + "give patients whom the NHS pays for their commissioner's code.", declare}
	case dictionary.ScopeNHSNumberInside:
		return []string{"Identifiers are kept and passed on for analysis where NHS numbers must not be. The national pipeline blanks those that hold one, and records then no longer link."},
			[]string{"The system builds its identifiers from the patient's NHS number.", "The NHS number was sent in place of the local identifier."},
			[]string{extract + "send identifiers that mean nothing. Changing them makes new records nationally, so plan it for the start of a year."}
	case dictionary.ScopeTestPatient:
		return []string{"Patients made up for training and tests live in most systems. Sent with the others they are counted as people."},
			[]string{"The extract does not leave out the patients that testers use."},
			[]string{extract + "leave out patients whose number is in the range for tests, with all that hangs on them.", system + "keep tests out of the live system."}
	}
	return nil, nil, nil
}
