package handbook

func (w *writer) checkedMovement() []string {
	compared := "Compared is what --previous or --published gives; without either nothing is."
	switch w.r.Check {
	case "table_vanished":
		return []string{"A table of which the earlier submission had some twenty rows or more has a row in this one.", compared}
	case "table_doubled":
		return []string{"A table has fewer than twice the rows that it had, or hardly more in number.", compared}
	case "measure_moved":
		return []string{
			"Each monthly count (mhsds measures them as they are published) lies within the limit of its earlier value: a quarter either way, unless the configuration says another, and some twenty in number.",
			"An earlier value that was published is rounded to the nearest 5, or left out when it is under 5; what rounding may hide is not held against it.",
			compared,
		}
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
