package handbook

import "mhsds/dictionary"

func (w *writer) checkedMovement() []string {
	compared := "Compared is what --previous or --published gives; without either nothing is."
	if w.r.Check == "measure_moved" {
		compared = "Compared is what --published gives, or --previous if that run counted too (--quality); without either nothing is."
	}
	switch w.r.Check {
	case "table_vanished":
		return []string{"A table of which the earlier submission had some twenty rows or more has a row in this one.", compared}
	case "table_doubled":
		return []string{"A table has fewer than twice the rows that it had, or hardly more in number.", compared}
	case "measure_moved":
		return []string{
			"Each monthly count, made as the published ones are, lies within the limit of its earlier value: a quarter either way, unless the configuration says another, and some twenty in number.",
			"An earlier value that was published is rounded to the nearest 5, or left out when it is under 5; what rounding may hide is not held against it.",
			compared,
		}
	}
	return nil
}

func (w *writer) checkedForm() []string {
	counted := "Looked at is every column of text, when --quality asks for it; a column with such values is said once, with their number and the first row."
	switch w.r.Check {
	case dictionary.FormLostZeros:
		return []string{
			"No value that is not on its field's code list is a code of the list without the zeros that it begins with.",
			"No NHS number is one of seven to nine digits that zeros would make valid. One such number in eleven is valid by chance.", counted,
		}
	case dictionary.FormExponent:
		return []string{"No value is one digit, a fraction or none, E, a sign and two or three digits.", counted}
	case dictionary.FormSerialDate:
		return []string{"No date is a number from 10000 to 60000, which a spreadsheet shows as a day from 1927 to 2064.", counted}
	case dictionary.FormLetterCase:
		return []string{"No value that is not on its field's code list is a code of the list in other letters.", counted}
	}
	return nil
}

func (w *writer) proseMovement() (purpose, causes, repairs []string) {
	purpose = []string{"The portal judges rows and not how many there are. A table that an extract leaves out is accepted without a word, and the month's figures are wrong."}
	switch w.r.Check {
	case "table_vanished":
		causes = []string{"A step of the extract failed, or its file was left out of the submission.", "A table was renamed after a change of system."}
		repairs = []string{extract + "compare the rows of each table with those of the month before, before anything is sent."}
	case "table_doubled":
		causes = []string{"Rows of two months, of two systems or of another provider are in one file.", "A join of the extract multiplies rows."}
		repairs = []string{extract + "look at what the new rows have in common: their dates, teams and source system."}
	case "measure_moved":
		causes = []string{"A table or a part of the services is missing, or comes twice.", "Rejections took rows away: compare with the value over all rows.", "A change of services, or a season; then nothing is wrong."}
		repairs = []string{extract + "find the rows behind the count by team and date, and compare them with the month before."}
	}
	return purpose, causes, repairs
}
