package schema

import (
	"encoding/json"
	"maps"
	"slices"

	"mhsds/dictionary"
)

// Inspect refuses a schema object with a keyword that Write cannot write, or
// with a member under x-mhsds that does not belong there, and returns the code
// of the rule it stands for, "" if none. The object is one that encoding/json
// decoded, with numbers as json.Number.
//
// It is for the extension of a JSON Schema library, which sees one object at a
// time and would pass over unknown keywords in silence. Read does more.
func Inspect(m map[string]any) (code string, err error) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(keywords, key) {
			return "", unknownKeyword(key, "")
		}
	}
	raw, ok := m[Keyword]
	if !ok {
		return "", nil
	}
	x := decoded(raw)
	switch {
	case x.get("rule") != nil:
		var r rule
		err = decode(&x, ruleKeys, &r)
		code = r.Code
	case x.get("table") != nil:
		err = decode(&x, headKeys, new(head))
	case x.get("position") != nil:
		err = decode(&x, fieldKeys, new(dictionary.Field))
	default:
		err = decode(&x, submissionKeys, new(submission))
	}
	return code, under(Keyword, err)
}

// decoded turns what encoding/json made of a value into ours.
func decoded(from any) value {
	switch from := from.(type) {
	case string:
		return textOf(from)
	case json.Number:
		return value{kind: number, text: from.String()}
	case bool:
		return truth(from)
	case []any:
		v := value{kind: array, members: make([]member, len(from))}
		for i := range from {
			v.members[i].value = decoded(from[i])
		}
		return v
	case map[string]any:
		v := value{kind: object, members: make([]member, 0, len(from))}
		for _, key := range slices.Sorted(maps.Keys(from)) {
			v.members = append(v.members, member{key, decoded(from[key])})
		}
		return v
	}
	return value{kind: null, text: "null"}
}
