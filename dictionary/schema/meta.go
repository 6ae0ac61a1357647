package schema

// keywordDocument is the meta-schema: it holds for every document, and says
// what x-mhsds may be in each of the places where it stands.
func keywordDocument(version string) value {
	define := func(what string, form value) value {
		form.members = append([]member{{"description", textOf(what)}}, form.members...)
		return form
	}
	ref := func(name string) value { return objectOf(member{"$ref", textOf("#/$defs/" + name)}) }
	rules := typed("array", member{"items", objectOf(
		member{"properties", objectOf(member{Keyword, ref("rule")})},
		member{"required", textsOf([]string{Keyword})},
	)})
	property := objectOf(
		member{"properties", objectOf(
			member{Keyword, ref("field")},
			member{"allOf", rules},
		)},
		member{"required", textsOf([]string{Keyword})},
	)
	return objectOf(
		member{"$schema", textOf(Draft)},
		member{"$id", textOf(ID(version, Keyword))},
		member{"title", textOf(Keyword)},
		member{"description", textOf("The keyword " + Keyword + ": what it may hold at the root of a table's schema, in a property, in a rule, and at the root of the submission's schema. " +
			"The values it judges are texts without spaces at their ends; a field without a value is absent; dates are written CCYY-MM-DD, with a time other than midnight CCYY-MM-DDThh:mm:ss, times hh:mm:ss.")},
		member{"type", textOf("object")},
		member{"properties", objectOf(
			member{Keyword, objectOf(member{"anyOf", arrayOf(ref("table"), ref("submission"))})},
			member{"properties", typed("object", member{"additionalProperties", property})},
			member{"allOf", rules},
		)},
		member{"required", textsOf([]string{Keyword})},
		member{"$defs", objectOf(
			member{"table", define("At the root of a table's schema.", formOf(headKeys))},
			member{"field", define("In a property: the data item.", formOf(fieldKeys))},
			member{"rule", define("In a subschema: the rule that it stands for. Kind and parameters say all of the rule; the keywords beside say what standard JSON Schema can.", formOf(ruleKeys))},
			member{"submission", define("At the root of the submission's schema.", formOf(submissionKeys))},
		)},
	)
}
