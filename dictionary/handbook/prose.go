package handbook

import (
	"strings"

	"mhsds/dictionary"
)

// The three places in which a fault can be mended, as every repair names one.
const (
	extract = "In the extract: "
	system  = "In the clinical system: "
	mapping = "In the mapping: "
)

// prose says why a rule exists, what usually trips it and where to mend that.
// The figures about practice are counts over 20 months of one provider's
// published reports, April 2024 to November 2025.
func (w *writer) prose() (purpose, causes, repairs []string) {
	r := w.r
	f := w.field(r.Field)
	table := w.d.TableName(r.Table)
	switch r.Kind {
	case dictionary.NotBlank:
		return w.proseNotBlank(f, table)
	case dictionary.Alphanumeric:
		purpose = []string{"The standard gives the item this length, and national systems have room for no more. A value that does not fit would be cut or would spill into something else."}
		switch {
		case w.rule(dictionary.ParentExists, r.Field) != nil || w.rule(dictionary.Unique, r.Field) != nil:
			causes = []string{"An identifier put together from several parts, or prefixed with the system's name, outgrows the limit.", "The identifier of another object stands in the column."}
			repairs = []string{extract + "use a shorter, stable identifier, and the same one in every table that refers to it. Do not cut it: two different ones could become equal.", mapping + "once changed, an identifier makes a new record nationally; change it between years if it can wait."}
		case w.rule(dictionary.InSet, r.Field) != nil:
			causes = []string{"A local code, or the description in place of the code.", "A leading zero lost on the way through a spreadsheet, or a code padded to the width of its column."}
			repairs = []string{mapping + "translate to the national codes of " + w.rule(dictionary.InSet, r.Field).List + "; the rule on that list says which there are.", extract + "treat the column as text from end to end."}
		case w.rule(dictionary.SnomedCT, r.Field) != nil || w.rule(dictionary.DiagCode, r.Field) != nil || w.rule(dictionary.FindCode, r.Field) != nil:
			causes = []string{"The term stands beside or in place of the code.", "A long SNOMED CT identifier was rounded or written with an exponent by a spreadsheet."}
			repairs = []string{extract + "send the code alone and treat it as text from end to end."}
		default:
			causes = []string{"Free text, a description or two values in one column.", "The columns of the extract are shifted, so that a neighbour's value stands here."}
			repairs = []string{extract + "look at a few of the values: shifted columns show at once.", mapping + "where the value is of a local sort, decide what it means nationally before shortening it."}
		}
	case dictionary.Numeric:
		purpose = []string{"The item is a number or an identifier of digits. Anything else in it cannot be added up or looked up nationally."}
		switch {
		case w.rule(dictionary.NHSNumber, r.Field) != nil:
			causes = []string{"Spaces or hyphens as on a letter: 999 000 0000.", "Leading zeros lost, or a local hospital number in the column."}
			repairs = []string{extract + "strip the blanks and keep the column as text.", system + "a patient without a known number has a blank here and a status that says why."}
		case r.Min >= 6:
			causes = []string{"An expression of several concepts, or a code with its term: this rule takes one identifier only.", "A spreadsheet has turned the identifier into 1.23457E+17 or rounded its last digits.", "A code of another scheme, such as ICD-10 or a local one."}
			repairs = []string{extract + "keep the column as text from end to end.", system + "record the finding as a single concept where the item allows one only."}
		default:
			causes = []string{"The unit stands behind the number, as in 30 min or 0:30.", "A computed column gives decimals, as in 30.0, or a minus for start and end that were exchanged."}
			repairs = []string{extract + "round to a whole number and send digits alone; leave it blank when it is not known."}
		}
	case dictionary.Decimal:
		purpose = []string{"The amount is summed nationally, to the penny, so it has one way of being written."}
		causes = []string{"Whole pounds without decimals, a comma between thousands, or a pound sign.", "No amount is known yet, and the column is blank: that fails as well."}
		repairs = []string{extract + "format with two decimals, a point, no separators: 1234.50.", system + "record the amount before the package is sent."}
	case dictionary.Format:
		purpose = []string{"National systems look the value up piece by piece, so it has to be written one way."}
		if w.rule(dictionary.PostcodeInReference, r.Field) != nil {
			purpose = []string{"The postcode places the person in an area. It is split at its space to look that up, so the space has to be there."}
			causes = []string{"The space is missing, or the postcode is padded to eight characters in the middle.", "A partial postcode, a foreign one, or a word such as NFA."}
			repairs = []string{extract + "put one space before the last three characters.", mapping + "no fixed abode and the like have pseudo postcodes that begin with ZZ99."}
		} else {
			causes = []string{"A number loses its decimals on the way through a typed column or a spreadsheet."}
			repairs = []string{extract + "send the value as text, as the standard writes it."}
		}
	case dictionary.InSet:
		return w.proseInSet(f)
	case dictionary.ValidDate:
		purpose = []string{"The item is a day. Every national count by day, age or interval reads it as one, and a time of day hidden behind it would make two values of the same day differ."}
		causes = []string{
			"A time of day comes along with the date. Over 20 months of one provider's reports every one of 1,237 rejected dates was of this sort.",
			"23:00 of the day before: a change of time zone on the way. 00:00 local time in summer is 23:00 in universal time.",
			"1899-12-30 or 1970-01-01: the zero of a database or of a clock, where the date is blank or only a time was copied.",
			"In a text file: day first, as in 15/09/2026, or a day that does not exist.",
		}
		repairs = []string{
			extract + "cast to a date (not to a date and time) as the last step; do not convert between time zones before.",
			extract + "write CCYY-MM-DD; the program can be told another layout.",
			system + "correct the date if it was typed wrong, such as a year of 1026.",
		}
	case dictionary.ValidTime:
		purpose = []string{"The item is a time of day and belongs to a date in a column of its own."}
		causes = []string{"None: the portal never raises this rule, since a database refuses anything but a time."}
		repairs = []string{"Nothing to repair."}
	case dictionary.ValidDatetime:
		if !r.TextOnly {
			purpose = []string{"The moment tells one version of a file from the next."}
			causes = []string{"The column holds text, or the zero date of the program that writes the file."}
			repairs = []string{extract + "fill it with the date and time at which the extract runs."}
			break
		}
		purpose = []string{"The moment is kept as text with its offset, so that an event can be placed to the second, winter and summer alike."}
		causes = []string{"No offset behind the time, or fractions of a second before it: both are what databases write by default.", "A space for the T.", "An offset of another time zone than the United Kingdom's."}
		repairs = []string{extract + "format it yourself: CCYY-MM-DDThh:mm:ss and Z for universal time, or +01:00 in summer.", mapping + "where only the day is known, T00:00:00 with the offset of that day will do."}
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return w.proseOrder(f, table)
	case dictionary.DatetimeOnOrBefore:
		purpose = []string{"A file cannot have been made after it arrived. The portal uses the moment to tell versions apart."}
		causes = []string{"The moment is made up: midnight of today, or the end of the month.", "Two clocks, or local time here and universal time there."}
		repairs = []string{extract + "write the moment at which the extract ran, in local time."}
	case dictionary.AgeRange:
		purpose = []string{"Age decides which figures a person belongs to. An age outside these bounds is a wrong date of birth."}
		causes = []string{"The century is wrong: 2076 for 1976.", "A default date such as 1890-01-01 or 1900-01-01 where the birth date is not known.", "A date of birth after the period, of an unborn child or of a mistyped year."}
		repairs = []string{system + "correct the date of birth against the national record of the patient.", extract + "leave it blank when it is not known; do not fill in a default."}
	case dictionary.ValuesEqual:
		what := "what was chosen at upload"
		if w.plays("context_submitter", r.Other) {
			what = "the account that uploads"
		}
		purpose = []string{"The header says whose file this is and for which month; so does the person who uploads it. If the two differ, one file would be filed under the wrong name or month."}
		causes = []string{"Last month's header, or a fixed text in the extract.", "The wrong month or organisation was chosen in the portal.", "The code of the trust in one place, that of a site, or one from before a merger, in the other."}
		repairs = []string{extract + "fill " + f + " from the run's parameters, and compare it with " + what + "."}
	case dictionary.Comparison:
		return w.proseComparison(f)
	case dictionary.Unique, dictionary.UniqueWhen:
		return w.proseUnique(table)
	case dictionary.Singleton:
		purpose = []string{"The row describes the whole submission, so there can be one only."}
		causes = []string{"Two files put together, or the extract joins the header to something with several rows."}
		repairs = []string{extract + "write the row once. If two months or providers are in the file, send them apart."}
	case dictionary.NHSNumber:
		purpose = []string{"The number links a person's records across providers and data sets. A wrong one would join two people, so a single one rejects the file."}
		causes = []string{"A mistyped digit, or two exchanged.", "A local or a temporary number, or a test patient, in the column.", "A number that reads the same backwards: refused here although its check digit may be right."}
		repairs = []string{system + "trace the number against the national record.", extract + "leave out numbers that fail the check digit, with the status that says why there is none; leave out test patients altogether."}
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		return w.proseReference(f)
	case dictionary.SnomedCT:
		purpose = []string{"SNOMED CT says nationally what was found or done. A check digit and a partition tell a concept from a mistyped number and from the identifier of a term."}
		causes = []string{"The identifier of a description: terms have identifiers too, with 01 or 11 before the last digit.", "A spreadsheet has rounded the identifier: it keeps 15 digits, and the last become zeros.", "The term stands with the code, or an expression in another form than concept:attribute=concept."}
		repairs = []string{extract + "send the concept's identifier, as text from end to end.", mapping + "translate local and older codes to concepts of a current release."}
	case dictionary.DiagCode, dictionary.FindCode:
		purpose = []string{"The scheme says how to read the code. A code that does not fit its scheme would be counted as another disease, or not at all."}
		causes = []string{"The scheme is a constant in the extract while the codes are of several schemes.", "An ICD-10 code of three characters without the X that fills it up, as in F03 for F03X.", "The identifier of a SNOMED CT description in place of the concept's, or one that a spreadsheet has rounded."}
		repairs = []string{extract + "take scheme and code from the same record, and fill three characters up with X.", mapping + "check which number stands for which scheme in this table: it is not the same in all."}
	case dictionary.AssessmentCode:
		purpose = []string{"The concept says which question or total a score belongs to. A score of an unknown scale cannot be used, so the row is not kept."}
		causes = []string{"The concept is of a list that is no longer, or not yet, in force: the list changed in April 2026, and codes of some scales were corrected.", "The concept of the assessment as a whole where each item has its own.", "A local code, or the identifier of a description."}
		repairs = []string{mapping + "compare with the list of scales in force in the month of the submission; data sent earlier under a corrected code must be sent again.", extract + "leave out local questionnaires that the national list does not have."}
	case dictionary.AssessmentScore:
		purpose = []string{"Change between two scores is a published measure of outcome, so a score outside its scale would distort it."}
		causes = []string{"The score of one scale under the concept of another: totals and items exchanged.", "A decimal place, as in 12.0, from a column of decimals.", "A local code for missing, such as -1; the scales have their own where missing is a value (9, 888 or 999)."}
		repairs = []string{extract + "format whole numbers without decimals.", mapping + "look the scale up in the list for its lowest and highest score, or its values."}
	case dictionary.GPSuccessor:
		purpose = []string{"Everybody is registered somewhere. A registration that ends without another that begins leaves a gap in which the responsible commissioner cannot be told."}
		causes = []string{"The new registration is in the system but not in the extract, or begins days later.", "A registration was ended and opened again at the same practice, as after a change of address.", "Start and end on one day, as a correction leaves it."}
		repairs = []string{system + "give the next registration its start date.", extract + "send every registration that was open in the month, and join stretches at the same practice."}
	case dictionary.ParentExists:
		return w.proseParent(f, table)
	case dictionary.ChildExists:
		return w.proseChild(f, table)
	case dictionary.RejectAll:
		purpose = []string{"The table is kept in the layout, but nothing is in scope for it in this version of the data set."}
		causes = []string{"The extract fills the table at all."}
		repairs = []string{extract + "send the table empty. Scores of known patients belong to the tables of assessments."}
	case dictionary.FileCheck:
		return w.proseFile(table)
	case dictionary.Container:
		return w.proseContainer()
	case dictionary.Movement:
		return w.proseMovement()
	case dictionary.Scope:
		return w.proseScope()
	case dictionary.MessageOnly:
		purpose = []string{"The rule was replaced; its text stayed behind."}
	}
	return purpose, causes, repairs
}

// rule returns an active rule of the kind on a field of the same table, or nil.
func (w *writer) rule(kind dictionary.Kind, field string) *dictionary.Rule {
	for i := range w.d.Rules {
		r := &w.d.Rules[i]
		if r.Kind != kind || r.Table != w.r.Table || !active(r) {
			continue
		}
		if r.Field == field || kind == dictionary.Unique && len(r.Fields) == 1 && r.Fields[0].Field == field {
			return r
		}
	}
	return nil
}

func (w *writer) proseNotBlank(f, table string) (purpose, causes, repairs []string) {
	r := w.r
	parent, key := w.rule(dictionary.ParentExists, r.Field), w.rule(dictionary.Unique, r.Field)
	switch {
	case r.Severity == dictionary.Warning:
		purpose = []string{"The item is wanted wherever it is known. Blanks lower the completeness that is published for each provider, and the figures that need it leave the row out."}
	case parent != nil:
		purpose = []string{f + " says which row of " + w.d.TableName(parent.Other.Table) + " this one belongs to. Without it the row belongs to nobody and can be counted nowhere."}
	case key != nil:
		purpose = []string{f + " identifies the row, here and from month to month. Without it nothing can refer to the row and no later month can correct it."}
	case w.plays(roleHeader, dictionary.Ref{Table: r.Table}):
		purpose = []string{"The header says whose file this is, for which month and by which version. Without that the file cannot be placed."}
	default:
		purpose = []string{"A row of " + table + " means nothing nationally without " + f + ", so it is not kept."}
	}
	causes = []string{
		"Every row is blank: the column is missing from the extract or has another name.",
		"Some rows are blank: an outer join found nothing, or the system does not insist on the entry.",
		"The value consisted of spaces, which count as nothing.",
	}
	repairs = []string{extract + "look first whether all rows are blank or some. All: the column's name and source. Some: what those rows have in common."}
	if parent == nil && key == nil {
		repairs = append(repairs, system+"make the entry mandatory where the item is decided.")
	} else {
		repairs = append(repairs, system+"a record without its identifier was often entered by way of a bulk load; look there.")
	}
	if set := w.rule(dictionary.InSet, r.Field); set != nil {
		if l := w.d.List(set.List); l != nil {
			for _, c := range l.Codes {
				if c.Default && c.Label != "" {
					repairs = append(repairs, mapping+"where the answer is not known, the list has a code for that: "+c.Code+" ("+c.Label+").")
					break
				}
			}
		}
	}
	return purpose, causes, append(repairs, "Do not fill in a made-up value: a wrong one is worse than a rejected row.")
}

func (w *writer) proseInSet(f string) (purpose, causes, repairs []string) {
	l := w.d.List(w.r.List)
	purpose = []string{"National figures are broken down by these codes, and a code outside the list falls into no group."}
	if w.r.Severity == dictionary.Warning {
		purpose[0] += " The rule only warns, so that wrong codes stay in the data and are easily overlooked."
	}
	if w.plays("header_version", w.own(w.r.Field)) {
		purpose = []string{"The version decides by which rules the whole file is judged, so a wrong one rejects the header and the file with it."}
		return purpose,
			[]string{"A version that is not the current one, or one without its decimal place: 6 for 6.0."},
			[]string{extract + "write the version as text. It has stayed the same through the minor releases."}
	}
	if l == nil || len(l.Codes) == 0 {
		return purpose, nil, nil
	}
	causes = []string{"A local code that nobody has mapped, or one of an earlier version of the list."}
	zero, letter := false, ""
	for _, c := range l.Codes {
		zero = zero || strings.HasPrefix(c.Code, "0") && len(c.Code) > 1
		if letter == "" && strings.ToUpper(c.Code) != strings.ToLower(c.Code) {
			letter = c.Code
		}
	}
	if zero {
		causes = append(causes, "A leading zero lost on the way through a number or a spreadsheet: 1 for 01.")
	}
	if letter != "" {
		wrong := strings.ToLower(letter)
		if wrong == letter {
			wrong = strings.ToUpper(letter)
		}
		causes = append(causes, "Capitals and small letters exchanged: "+wrong+" for "+letter+".")
	}
	repairs = []string{
		mapping + "list the values that fail, with their counts, and give each a national code.",
		extract + "treat the column as text from end to end.",
	}
	for _, c := range l.Codes {
		if c.Default && c.Label != "" {
			repairs = append(repairs, mapping+"what cannot be told has a code of its own, "+c.Code+" ("+c.Label+"); use it only where that is so.")
			break
		}
	}
	return purpose, causes, repairs
}

func (w *writer) proseOrder(f, table string) (purpose, causes, repairs []string) {
	r := w.r
	after := r.Kind == dictionary.DateOnOrAfter
	o := w.d.Label(r.Other)
	switch {
	case w.plays(roleStart, r.Other) && r.Table != r.Other.Table:
		return []string{"A submission covers one month: what is open in it, and what closed in it. A date before its first day belongs to an earlier month's file."},
			[]string{
				"The extract takes rows by the day on which they were changed, so old ones come along.",
				"A date was corrected or entered late, after its month was sent.",
				"The header is of another month than the rows.",
			},
			[]string{
				extract + "choose rows by the dates of the standard: open in the period, or closed within it.",
				system + "if the event really belongs to an earlier month, send that month again while its window is open.",
			}
	case w.plays(roleEnd, r.Other) && r.Table != r.Other.Table:
		return []string{"A submission says what had happened by the end of its month. A later date is a plan, a later month's business, or a slip."},
			[]string{
				"Appointments of the future are in the extract.",
				"The extract ran after the end of the month and took what had happened since.",
				"The year or the month was mistyped.",
			},
			[]string{
				extract + "stop at the last day of the period, and send an end that lies beyond it as still open.",
				system + "correct dates that are mistyped.",
			}
	case r.Join != (dictionary.Join{}):
		word := "after"
		if after {
			word = "before"
		}
		return []string{"A row of " + table + " is part of one of " + w.d.TableName(r.Other.Table) + " and cannot lie " + word + " it."},
			[]string{
				"The date of the one was corrected and that of the other was not.",
				"The row hangs on the wrong one: of two in a row, the earlier or the later.",
				"A date with a wrong year.",
			},
			[]string{
				system + "compare " + f + " with " + o + " in the two records and correct the wrong one.",
				extract + "check that both rows come from the same run, and that " + w.field(r.Join.Own) + " picks the one meant.",
			}
	case r.Table == r.Other.Table && w.plays(roleHeader, dictionary.Ref{Table: r.Table}):
		return []string{"The header's dates have to make sense together, or the file cannot be placed in a month."},
			[]string{"A fixed date in the extract, or one left from last month."},
			[]string{extract + "fill all of the header's dates from the parameters of the run."}
	case after:
		return []string{f + " comes after " + o + " in the order of events, so no interval between them can be negative."},
			[]string{"The two were exchanged, or one has a wrong year.", "One was entered late with the day of entry, not of the event.", "A default date such as 1900-01-01 stands for not known."},
			[]string{system + "look at both dates of the record and correct the wrong one.", extract + "take both from the same record; leave out defaults."}
	}
	return []string{f + " comes before " + o + " in the order of events, so no interval between them can be negative."},
		[]string{"The two were exchanged, or one has a wrong year.", "One was entered late with the day of entry, not of the event.", "A default date such as 9999-12-31 stands for open."},
		[]string{system + "look at both dates of the record and correct the wrong one.", extract + "take both from the same record; send what is open as a blank."}
}

func (w *writer) proseComparison(f string) (purpose, causes, repairs []string) {
	var others []string
	date, code, header := false, false, false
	if c, err := dictionary.ParseCondition(w.r.Condition); err == nil {
		for _, ref := range dictionary.Refs(c) {
			if ref.Table == "" {
				ref.Table = w.r.Table
			}
			header = header || ref.Table != w.r.Table
			if ref.Table != w.r.Table || ref.Field != w.r.Field {
				others = append(others, w.d.Label(ref))
			}
			if t := w.d.Table(ref.Table); t != nil && t.Field(ref.Field) != nil {
				date = date || t.Field(ref.Field).Type == dictionary.Date
			}
		}
		eachText(c, func(dictionary.Ref, string) { code = true })
	}
	o := list(others, "and")
	switch {
	case header:
		return []string{"The header names the provider; the row should agree with it, or it was made for another."},
			[]string{"The identifier was issued by a predecessor, another provider or a shared system. One warning in five of the reports is of this sort.", "The code of a site in place of the organisation's."},
			[]string{mapping + "decide once whose identifier is sent. The warning is right where it is really another's, and then it may stay."}
	case date:
		causes = []string{"The system sets the date by itself and does not ask for the reason.", "The reason has a local code without a mapping and comes out blank."}
		if w.plays(roleContact, dictionary.Ref{Table: w.r.Table}) {
			causes[0] += " Contacts cancelled without a reason make up 12 % of one provider's warnings."
		}
		return []string{"The date says that it happened, " + f + " says why. One without the other leaves the reason unknown in national figures."}, causes,
			[]string{system + "ask for the reason wherever " + o + " is set.", mapping + "give every local reason a national code, \"other\" and \"not known\" included."}
	case code:
		return []string{f + " and " + o + " describe one fact together, so some pairs cannot be true."},
			[]string{"The two are filled by different people or at different times.", "One has a default in the extract, whatever the other says."},
			[]string{system + "offer only the answers that fit together.", extract + "take both from the same record, without defaults. The notes say where the rule itself is in doubt."}
	}
	return []string{f + " and " + o + " describe one fact together: with one of them alone the other has no meaning."},
		[]string{"Only one of the two is mapped or extracted.", "The system lets one be saved without the other."},
		[]string{extract + "send both or neither.", system + "make the second mandatory once the first is filled."}
}

func (w *writer) proseUnique(table string) (purpose, causes, repairs []string) {
	purpose = []string{"The key tells one row from another, nationally too, where it is read together with the provider's code. Of two rows with one key nobody can say which is right, so neither is used."}
	causes = []string{
		"The extract joins to a table with several matches and so multiplies its rows. The duplicates are then equal in every column.",
		"Two systems, or one before and after a migration, number on their own and meet in one file.",
	}
	repairs = []string{
		extract + "compare the rows of one key. Equal in every column: find the join. Different: find which is the current one.",
		system + "merge patients or records that were entered twice.",
		"Do not make keys unique by adding a counter: the same record would get another key next month.",
	}
	switch {
	case w.r.Kind == dictionary.UniqueWhen:
		purpose = []string{"Only one row of a patient can be the current one. If the end or the date is blank in two, nobody can say which."}
		causes = []string{"The earlier row was not ended when the next began.", "The date was not recorded, in several rows of one patient.", "The extract joins to a table with several matches and so multiplies its rows."}
		repairs = []string{system + "end the earlier row, or date both.", extract + "send a row once, and leave out the history that belongs to earlier months."}
	case len(w.r.Fields) == 1 && w.rule(dictionary.NHSNumber, w.r.Fields[0].Field) != nil:
		purpose = []string{"An NHS number belongs to one person. Of two patients with one number nobody can say whose it is, so neither is used."}
		causes = []string{"One patient has two local records.", "The number was typed into the wrong patient's record.", "Mother and child, or twins, share one number."}
		repairs = []string{system + "find out whose number it is; merge the records if they are one person.", extract + "leave the number blank in the wrong record until that is settled."}
	case len(w.r.Fields) > 1:
		causes = append(causes, "The same thing was recorded twice on one day and differs in a column that is not part of the key.")
	}
	return purpose, causes, repairs
}

func (w *writer) proseReference(f string) (purpose, causes, repairs []string) {
	switch w.r.Kind {
	case dictionary.SiteValid:
		return []string{"The site says where care took place, which is counted and mapped nationally."},
			[]string{"A site that has closed, or is not registered yet.", "A local code of a ward or building."},
			[]string{mapping + "give every local place a national site code, with the date from which it counts.", system + "register new sites before they open."}
	case dictionary.SchoolValid:
		return []string{"The school links mental health support to education."},
			[]string{"The number of the schools' own register in place of the organisation code.", "A school that has closed or become an academy under a new code."},
			[]string{mapping + "translate to the organisation codes of schools."}
	case dictionary.PostcodeInReference:
		return []string{"The postcode places the person in an area, for commissioning and for figures by deprivation."},
			[]string{"A mistyped postcode, or one that has been ended.", "Small letters.", "A new estate that the quarterly directory does not have yet."},
			[]string{system + "check addresses against a directory on entry.", mapping + "no fixed abode and unknown addresses have pseudo postcodes that begin with ZZ99."}
	}
	purpose = []string{"The code says who provides, commissions or refers. It is looked up on the first day of the month, as it was then."}
	causes = []string{"The organisation has closed or merged, and the successor has another code. Successors are not followed.", "A site's, a department's or a local code; spaces or small letters in it.", "Your copy of the register leaves out what closed long ago, so a miss is not always an error of the data."}
	repairs = []string{system + "renew the register of organisations that people choose from, and date its entries.", mapping + "translate closed codes to those in force on the first day of the period."}
	if len(w.r.Defaults) > 0 {
		repairs = append(repairs, mapping+"where there is none, or none is known, "+list(w.r.Defaults, "or")+" passes.")
	}
	return purpose, causes, repairs
}

func (w *writer) proseParent(f, table string) (purpose, causes, repairs []string) {
	other := w.r.Other.Table
	parent := w.d.TableName(other)
	if w.plays(roleStaff, dictionary.Ref{Table: other}) {
		return []string{"The staff table says what the professional's job and main specialty are. Without a row there, work cannot be broken down by profession."},
			[]string{"The staff extract takes current employees only; leavers, bank staff and people of other organisations are missing. More than half of one provider's warnings are of this sort.", "The identifier is a user name here and a payroll number there."},
			[]string{extract + "take into " + parent + " everybody whom any table of this file names, whenever they worked.", mapping + "use one identifier of staff everywhere."}
	}
	purpose = []string{"A row of " + table + " is counted as part of its row of " + parent + ". Without that one it says nothing of whom, or under which care, and national figures cannot use it."}
	causes = []string{
		"The two extracts select differently: one takes all rows of the month, the other only those with some property. Two rejections in three of one provider's reports were of this sort, the same records month after month.",
		"The row of " + parent + " was sent but is itself rejected. Then this finding is a consequence, and goes when that one is repaired.",
		"The identifier is written differently: capitals, leading zeros, spaces, another system's number.",
	}
	repairs = []string{
		extract + "derive the rows of " + table + " from the very list of " + f + " that " + parent + " is made from.",
		extract + "send the parent again with every file in which something of it is reported: a submission replaces the month as a whole and is read alone.",
		"First look at the causes in the report: one repaired record often frees many rows.",
	}
	return purpose, causes, repairs
}

func (w *writer) proseChild(f, table string) (purpose, causes, repairs []string) {
	other := w.d.TableName(w.r.Other.Table)
	if w.r.Severity == dictionary.Warning {
		return []string{"The table describes what other rows of the file refer to. A row to which none refers is of no use, and may be a sign that the identifiers do not match."},
			[]string{"The extract sends everything that exists, not what the month used.", "The identifier is written differently in " + other + ".", "The rows that refer to it are rejected."},
			[]string{extract + "send what the file refers to, and compare the identifiers of the two tables first."}
	}
	switch {
	case w.plays(rolePatient, dictionary.Ref{Table: w.r.Table}) && w.plays(roleReferral, dictionary.Ref{Table: w.r.Other.Table}):
		purpose = []string{"The data set is about care, and care begins with a referral. A patient without one has no business in the file."}
		causes = []string{"The patient index is extracted as a whole, with people who have no open referral.", "The referral is there and rejected, or names the patient differently.", "The referral was closed in an earlier month."}
		repairs = []string{extract + "take those patients who have a referral in the file."}
	case w.plays(rolePatient, dictionary.Ref{Table: w.r.Table}):
		purpose = []string{"The registration of a patient decides who commissions the care, so every patient needs a row of " + other + "."}
		causes = []string{"Patients without a practice have no row. There are codes for not registered and not known; use them.", "The row is there and rejected, for instance as one of two without an end date.", "The identifier is written differently."}
		repairs = []string{extract + "write a row of " + other + " for every patient in the file.", system + "end the earlier of two open registrations."}
	default:
		purpose = []string{"A row of " + table + " is described by rows of " + other + "; without any it says that something happened and not what."}
		causes = []string{"The details are recorded later, or in another system.", "The rows of " + other + " are there and rejected, or carry another " + f + "."}
		repairs = []string{extract + "send both tables from one selection.", system + "ask for the details when the record is made."}
	}
	return purpose, causes, repairs
}

func (w *writer) proseFile(table string) (purpose, causes, repairs []string) {
	switch w.r.Check {
	case checkStructure:
		return []string{"The national load reads every table and column by name and type, and stops at the first that is not as the template has it."},
			[]string{"The database was not made from the current template.", "A table was made anew by an export, which chooses its own types.", "Columns or tables for local use are left in."},
			[]string{extract + "empty a copy of the template and fill it, table by table, without making tables anew."}
	case checkEmpty:
		return []string{"Without a header, patients, referrals and their practices no row of the file can be placed."},
			[]string{"The query for " + table + " failed, or chose nothing, for instance because of its dates.", "In a folder of files: the file is missing or has another name."},
			[]string{extract + "run the query of " + table + " alone and look at what it returns for the month."}
	case checkHeader:
		return []string{"The header places the file. If it is wrong or there are two, nothing else can be trusted."},
			[]string{"A rule on " + table + " rejects its row: see the findings there.", "Two files were put together."},
			[]string{extract + "repair what the rules on " + table + " say first; all the rest depends on it."}
	case checkSurvivors:
		return []string{"A file of which nothing is left says nothing, and would wipe out what was sent before for the month."},
			[]string{"One fault in common: the wrong period, a key written in two ways, or all dates with a time."},
			[]string{"Look at the root causes in the report: one or two explain all the rest."}
	case checkPeriod:
		return []string{"A file in which nothing belongs to the chosen month is a file of another month."},
			[]string{"The wrong month was chosen, or the header is of another month than the rows.", "Dates in another layout cannot be read, so none lies in the month."},
			[]string{extract + "compare the header's period with the dates of contacts and referrals."}
	}
	return nil, nil, nil
}

func (w *writer) proseContainer() (purpose, causes, repairs []string) {
	purpose = []string{"A check of how the file is written. The portal takes databases only, where it cannot happen; in a file of text it makes values doubtful."}
	switch w.r.Check {
	case "ragged_row":
		causes = []string{"A comma, a quotation mark or a line break inside a value that is not quoted.", "Rows of different tables or versions in one file."}
		repairs = []string{extract + "write the file with a library that quotes values (RFC 4180), not by joining texts with commas."}
	case "oversized_field", "unclosed_quote", "stray_quote":
		causes = []string{"A quotation mark inside a value is not doubled."}
		repairs = []string{extract + "write the file with a library that quotes values (RFC 4180)."}
	case "control_character":
		causes = []string{"Text pasted from a document, or a column of binary data."}
		repairs = []string{extract + "remove control characters from texts."}
	case "unreadable_time":
		causes = []string{"Times without a colon (0930), with a suffix (9:30 pm) or as a fraction of a day."}
		repairs = []string{extract + "write hh:mm or hh:mm:ss, on the clock of 24 hours."}
	case "padding":
		causes = []string{"Columns of fixed width in the source.", "Values typed or pasted with a space at the end."}
		repairs = []string{extract + "trim values on both sides; identifiers above all."}
	case "date_layout":
		causes = []string{"The file was saved by a spreadsheet, which writes dates as its region does."}
		repairs = []string{extract + "write CCYY-MM-DD, or say the layout with --date-layout."}
	case "unreadable_value":
		causes = []string{"JSON lines: true or false, a list or an object as a value, a number with an exponent, a name twice in one record, or a line that is no JSON object.", "A workbook: a formula that was never calculated."}
		repairs = []string{extract + "write one JSON object a line, its values as strings; in a workbook write values, or have Excel calculate and save it."}
	case "lost_zeros", "exponent", "serial_date":
		purpose = []string{"A spreadsheet that opens a CSV file takes what looks like a number for one and writes it back as it pleases. Codes and identifiers do not survive that."}
		causes = []string{"The file was opened in a spreadsheet and saved, to look at it or to change one value.", "The extract itself goes through a spreadsheet."}
		repairs = []string{extract + "send the file as the system wrote it; to look at it, import it with every column as text, and do not save."}
	case "letter_case":
		purpose = []string{"Codes are compared exactly. One in the wrong letter case is an unknown code, and is counted as invalid."}
		causes = []string{"The source keeps codes in small or in capital letters throughout."}
		repairs = []string{mapping + "write every code as the national list does."}
	}
	return purpose, causes, repairs
}
