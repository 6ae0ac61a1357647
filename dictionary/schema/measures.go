package schema

import "mhsds/dictionary"

// Quality measures and monthly counts are kept as data: they judge nothing.
var qualityKeys = []key[dictionary.QualityMeasure]{
	must(textKey("id", "its published identifier; parts of one measure follow one another", func(m *dictionary.QualityMeasure) *string { return &m.ID })),
	must(nameKey("kind", "what sort of measure it is", dictionary.ParseQualityKind, enumerate[dictionary.QualityKind](), func(m *dictionary.QualityMeasure) *dictionary.QualityKind { return &m.Kind })),
	must(textKey("name", "what is measured", func(m *dictionary.QualityMeasure) *string { return &m.Name })),
	must(textKey("table", "the table whose records are counted", func(m *dictionary.QualityMeasure) *string { return &m.Table })),
	must(refKey("field", "the item that is measured", func(m *dictionary.QualityMeasure) *dictionary.Ref { return &m.Field })),
	objectsKey("join", "the way to other tables", wayKeys, func(m *dictionary.QualityMeasure) *[]dictionary.Way { return &m.Join }),
	textKey("denominator", "which records count", func(m *dictionary.QualityMeasure) *string { return &m.Denominator }),
	textKey("valid", "which of them are valid; of an integrity or coverage measure the numerator", func(m *dictionary.QualityMeasure) *string { return &m.Valid }),
	textKey("other", "which are of the sort other", func(m *dictionary.QualityMeasure) *string { return &m.Other }),
	textKey("default", "which hold a default", func(m *dictionary.QualityMeasure) *string { return &m.Default }),
	textKey("invalid", "which are invalid", func(m *dictionary.QualityMeasure) *string { return &m.Invalid }),
	textKey("missing", "which have no value", func(m *dictionary.QualityMeasure) *string { return &m.Missing }),
	sliceKey("needs", "the registers without which it cannot be computed", form(filledText), func(r *dictionary.Register) value { return textOf(r.String()) }, readRegister,
		func(m *dictionary.QualityMeasure) *[]dictionary.Register { return &m.Needs }),
	textKey("unchecked", "why it cannot be computed", func(m *dictionary.QualityMeasure) *string { return &m.Unchecked }),
	intKey("target", "the national target, percent", func(m *dictionary.QualityMeasure) *int { return &m.Target }),
	textKey("note", "what is doubtful or surprising", func(m *dictionary.QualityMeasure) *string { return &m.Note }),
}

var measureKeys = []key[dictionary.Measure]{
	must(textKey("id", "its published identifier, or the word that conditions use for a term", func(m *dictionary.Measure) *string { return &m.ID })),
	must(nameKey("kind", "a count, or a term of conditions", dictionary.ParseMeasureKind, enumerate[dictionary.MeasureKind](), func(m *dictionary.Measure) *dictionary.MeasureKind { return &m.Kind })),
	must(textKey("name", "what is counted", func(m *dictionary.Measure) *string { return &m.Name })),
	must(textKey("table", "the table whose records are counted", func(m *dictionary.Measure) *string { return &m.Table })),
	objectsKey("join", "the way to other tables", wayKeys, func(m *dictionary.Measure) *[]dictionary.Way { return &m.Join }),
	textKey("condition", "which records count", func(m *dictionary.Measure) *string { return &m.Condition }),
	textKey("count", "what of the records is counted", func(m *dictionary.Measure) *string { return &m.Count }),
	textKey("unchecked", "why it cannot be computed", func(m *dictionary.Measure) *string { return &m.Unchecked }),
	textKey("note", "what is doubtful or surprising", func(m *dictionary.Measure) *string { return &m.Note }),
}

var wayKeys = []key[dictionary.Way]{
	must(refKey("from", "a field of a table that is reached already", func(w *dictionary.Way) *dictionary.Ref { return &w.From })),
	must(refKey("to", "the field of another table that has the same value", func(w *dictionary.Way) *dictionary.Ref { return &w.To })),
}

func readRegister(v *value) (dictionary.Register, error) {
	s, err := readText(v)
	if err != nil {
		return 0, err
	}
	r, ok := dictionary.ParseRegister(s)
	if !ok {
		return 0, faultf("unknown register %q%s", s, dictionary.DidYouMean(s, dictionary.RegisterNames()))
	}
	return r, nil
}
