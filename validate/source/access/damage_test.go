package access

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mhsds/validate/source"
)

// A damageCase is damage done to a copy of the small valid database, of 339
// pages and 491 rows, and what the reader must make of it.
type damageCase struct {
	file string // of the same damage in ../shared
	do   func(b []byte) []byte

	open   string            // what opening must say, "" if it must succeed
	tables map[string]string // what reading a table must say, by table
	rows   int               // found in all
	notice string            // what must be said of the file beside its tables
	random bool              // the copy in ../shared has other damage than this one: expect only that it is said
}

// page returns page n of a file.
func page(b []byte, n int) []byte { return b[n*pageSize : (n+1)*pageSize] }

var damageCases = []damageCase{
	{file: "01-empty-file", do: func(b []byte) []byte { return nil }, open: "the file is empty"},
	{file: "02-header-only", do: func(b []byte) []byte { return b[:100] }, open: "page 0: the file has 100 bytes, less than one page"},
	{file: "03-one-page", do: func(b []byte) []byte { return b[:pageSize] }, open: "MSysObjects: page 2: past the end of the file, whose last page is 0"},
	{file: "04-half", do: func(b []byte) []byte { return b[:169*pageSize] },
		open: `table "MSysObjects": page 178: past the end of the file, whose last page is 168; 1 page could not be read; its definition promises 95 rows, 77 were found`},
	{file: "05-cut-mid-page", do: func(b []byte) []byte { return b[:254*pageSize+1234] }, tables: tablesFrom("MHS105OnwardReferral"), rows: 149,
		notice: "the file ends inside page 254, after 1234 of its 4096 bytes: it has been cut"},
	{file: "06-last-page-missing", do: func(b []byte) []byte { return b[:338*pageSize] }, rows: 487, tables: map[string]string{
		"MHS903WardDetails": "page 338: past the end of the file, whose last page is 337; its definition promises 4 rows, 0 were found"}},
	{file: "07-zip-magic", do: func(b []byte) []byte { copy(b, "PK\x03\x04"); return b }, open: "page 0: begins like a zip and goes on like an Access database, so it can be read as neither: damaged at its beginning"},
	{file: "08-bad-engine-name", do: func(b []byte) []byte { copy(b[13:], "XXX"); return b }, open: `page 0: names the engine "Standard XXX DB"`},
	{file: "09-unknown-version", do: func(b []byte) []byte { b[0x14] = 0x7f; return b }, open: "page 0: format version 127 is not known"},
	{file: "10-catalog-tdef-zero", do: func(b []byte) []byte { clear(page(b, 2)); return b }, open: "MSysObjects: page 2: is of type 0 where a table definition was expected"},
	{file: "11-tdef-next-loop", do: func(b []byte) []byte { page(b, 131)[4] = 131; return b }, rows: 491, tables: map[string]string{
		"MHS202CareActivity": "page 131: the definition's next page is 131, where it has been already; its definition promises 50 rows, 50 were found"}},
	{file: "12-tdef-column-count", do: func(b []byte) []byte { copy(page(b, 89)[45:], "\xff\xff"); return b }, rows: 467, tables: map[string]string{
		"MHS002GP": "page 89: the definition has 65535 columns; a table has at most 255; its definition promises 24 rows, none was read"}},
	{file: "13-row-count-huge", do: func(b []byte) []byte { copy(page(b, 218)[12:], "\xff\xff"); return b }, rows: 471, tables: map[string]string{
		"MHS001MPI": "page 218: claims 65535 rows; a page has at most 256; 1 page could not be read; its definition promises 20 rows, 0 were found"}},
	{file: "14-row-offsets-bad", do: func(b []byte) []byte { copy(page(b, 257)[14:], "\x03\x00\xff\x0f\x03\x00\xff\x0f"); return b }, rows: 486, tables: map[string]string{
		"MHS201CareContact": "page 257: row 0 lies outside the place for rows; 5 rows could not be read; its definition promises 60 rows, 55 were found"}},
	{file: "15-overflow-loop", do: func(b []byte) []byte {
		p := page(b, 244)
		p[15] |= slotMoved >> 8
		copy(p[le16(p[14:])&slotMask:], at(244, 0))
		return b
	}, rows: 490, tables: map[string]string{
		"MHS101Referral": "page 244: row 0 has moved in a circle or too often; 1 row could not be read; its definition promises 30 rows, 29 were found"}},
	{file: "16-wrong-page-type", do: func(b []byte) []byte { page(b, 261)[0] = 2; return b }, rows: 441, tables: map[string]string{
		"MHS202CareActivity": "page 261: is listed as the table's but is no page of its rows; 1 page could not be read; its definition promises 50 rows, 0 were found"}},
	{file: "17-lval-zero", do: func(b []byte) []byte {
		for n := range len(b) / pageSize {
			if p := page(b, n); p[0] == typeData && string(p[4:8]) == "LVAL" {
				clear(p[16:])
			}
		}
		return b
	}, rows: 491, notice: `the list of tables is complete but not sound: table "MSysObjects": column "LvProp": page`},
	{file: "18-page-noise", do: func(b []byte) []byte {
		noise := rand.New(rand.NewPCG(1, 2))
		for p := page(b, 319)[2048:]; len(p) > 0; p = p[1:] {
			p[0] = byte(noise.Uint32())
		}
		return b
	}, rows: 461, tables: map[string]string{"MHS604PrimDiag": "30 rows could not be read; its definition promises 30 rows, 0 were found"}},
	{file: "19-200-bit-flips", do: func(b []byte) []byte { return flip(b, 1, 200, func(int) bool { return true }) }, random: true},
	{file: "20-tdef-bit-flips", do: func(b []byte) []byte {
		return flip(b, 3, 20, func(n int) bool { return b[n*pageSize] == typeDefinition })
	}, random: true},
}

// tablesFrom returns the tables from one on, all of whose rows lie past the cut.
func tablesFrom(first string) map[string]string {
	m := make(map[string]string)
	for _, t := range smallTables {
		if t.name >= first && t.rows > 0 {
			m[t.name] = fmt.Sprintf("past the end of the file, whose last page is 253; its definition promises %s, 0 were found", many(int64(t.rows), "row"))
		}
	}
	return m
}

// flip flips n bits on the pages after page 0 that ok takes.
func flip(b []byte, seed uint64, n int, ok func(page int) bool) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	for n > 0 {
		at := pageSize + r.IntN(len(b)-pageSize)
		if ok(at / pageSize) {
			b[at] ^= 1 << r.IntN(8)
			n--
		}
	}
	return b
}

// smallTables are the tables of the small valid database with their rows.
var smallTables = []struct {
	name string
	rows int
}{
	{"MHS000Header", 1}, {"MHS001MPI", 20}, {"MHS002GP", 24}, {"MHS003AccommStatus", 10}, {"MHS004EmpStatus", 7}, {"MHS005PatInd", 10},
	{"MHS006MHCareCoord", 7}, {"MHS007DisabilityType", 5}, {"MHS008CarePlanType", 6}, {"MHS009CarePlanAgreement", 6},
	{"MHS010AssTechToSupportDisTyp", 2}, {"MHS011SocPerCircumstances", 4}, {"MHS012OverseasVisitorChargCat", 2}, {"MHS014eMED3FitNote", 3},
	{"MHS101Referral", 30}, {"MHS102OtherServiceType", 5}, {"MHS103OtherReasonReferral", 6}, {"MHS104RTT", 1}, {"MHS105OnwardReferral", 3},
	{"MHS106DischargePlanAgreement", 2}, {"MHS201CareContact", 60}, {"MHS202CareActivity", 50}, {"MHS203OtherAttend", 4},
	{"MHS204IndirectActivity", 5}, {"MHS205PatientSDDI", 2}, {"MHS206StaffActivity", 50}, {"MHS301GroupSession", 3}, {"MHS302MHDropInContact", 3},
	{"MHS401MHActPeriod", 4}, {"MHS402RespClinicianAssignPeriod", 4}, {"MHS403ConditionalDischarge", 1}, {"MHS404CommTreatOrder", 1},
	{"MHS405CommTreatOrderRecall", 1}, {"MHS501HospProvSpell", 6}, {"MHS502WardStay", 12}, {"MHS503AssignedCareProf", 6},
	{"MHS505RestrictiveInterventInc", 2}, {"MHS506Assault", 2}, {"MHS507SelfHarm", 2}, {"MHS509HomeLeave", 2}, {"MHS510LeaveOfAbsence", 1},
	{"MHS511AbsenceWithoutLeave", 1}, {"MHS512HospSpellCommAssPer", 6}, {"MHS513SubstanceMisuse", 1}, {"MHS514TrialLeave", 1},
	{"MHS515RestrictiveInterventType", 4}, {"MHS516PoliceAssistanceRequest", 2}, {"MHS517SMHExceptionalPackOfCare", 2},
	{"MHS518ClinReadyforDischarge", 1}, {"MHS601MedHistPrevDiag", 5}, {"MHS604PrimDiag", 30}, {"MHS605SecDiag", 10},
	{"MHS606CodedScoreAssessmentRefer", 10}, {"MHS607CodedScoreAssessmentAct", 16}, {"MHS608AnonSelfAssess", 0}, {"MHS609PresComp", 6},
	{"MHS701CPACareEpisode", 2}, {"MHS702CPAReview", 2}, {"MHS901StaffDetails", 8}, {"MHS902ServiceTeamDetails", 5}, {"MHS903WardDetails", 4},
}

// TestDamaged does the damage itself; TestDamagedShared reads the files of
// ../shared.
func TestDamaged(t *testing.T) {
	valid := fixture(t, "idb-small-valid.accdb")
	for _, c := range damageCases {
		t.Run(c.file, func(t *testing.T) { c.test(t, c.do(bytes.Clone(valid))) })
	}
}

func TestDamagedShared(t *testing.T) {
	dir := shared(t)
	for _, c := range damageCases {
		t.Run(c.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, "corrupt", c.file+".accdb"))
			if err != nil {
				t.Fatal(err)
			}
			c.test(t, data)
		})
	}
}

func (c *damageCase) test(t *testing.T, data []byte) {
	db, err := New(bytes.NewReader(data), int64(len(data)), c.file)
	if err != nil {
		if !errors.Is(err, source.ErrDamaged) || !strings.HasPrefix(err.Error(), c.file+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("opening says %v", err)
		}
		if !c.random && (c.open == "" || !strings.Contains(err.Error(), c.open)) {
			t.Errorf("opening says %v, want %q", err, c.open)
		}
		return
	}
	if c.open != "" {
		t.Fatalf("opening succeeds, want %q", c.open)
	}
	said := readDamaged(t, db)
	if c.random {
		if len(said) == 0 && len(db.Damage()) == 0 {
			t.Errorf("nothing is said of the damage")
		}
		return
	}
	rows := 0
	for _, s := range said {
		rows += s.rows
	}
	if rows != c.rows {
		t.Errorf("%d rows in all, want %d", rows, c.rows)
	}
	for name, s := range said {
		want, ok := c.tables[name]
		if (s.err != nil) != ok || s.err != nil && !strings.Contains(s.err.Error(), want) {
			t.Errorf("table %q: %v, want %q", name, s.err, want)
		}
	}
	for name := range c.tables {
		if said[name].err == nil {
			t.Errorf("table %q: nothing is said, want %q", name, c.tables[name])
		}
	}
	if said := fmt.Sprint(db.Damage()); !strings.Contains(said, c.notice) || c.notice == "" && len(db.Damage()) > 0 {
		t.Errorf("damage %s, want %q", said, c.notice)
	}
}

// A reading is what came out of one table.
type reading struct {
	rows int
	err  error
}

// readDamaged reads every table through both faces, holds one against the
// other, and checks that no row of the small valid database is missing in
// silence.
func readDamaged(t *testing.T, db *Database) map[string]reading {
	t.Helper()
	said := make(map[string]reading)
	for i, table := range db.Tables() {
		var out bytes.Buffer
		n, err := db.WriteCSV(&out, i)
		rows, _, err2 := tryBatches(t, db, i, 100)
		if int(n) != len(rows) || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Errorf("table %q: %d rows and %v as CSV, %d rows and %v in batches", table.Name, n, err, len(rows), err2)
		}
		if err != nil {
			if !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprintf("table %q: ", table.Name)) || strings.Contains(err.Error(), "\n") {
				t.Errorf("table %q: %v", table.Name, err)
			}
		}
		said[table.Name] = reading{int(n), err}
	}
	for _, table := range smallTables {
		if s, ok := said[table.name]; ok && s.rows < table.rows && s.err == nil {
			t.Errorf("table %q: %d of %d rows and nothing said", table.name, s.rows, table.rows)
		}
	}
	return said
}

// TestBitFlips flips bits all over the file, many times.
func TestBitFlips(t *testing.T) {
	valid := fixture(t, "idb-small-valid.accdb")
	times := 40
	if testing.Short() {
		times = 5
	}
	opened := 0
	for seed := range times {
		data := flip(bytes.Clone(valid), uint64(seed), 1<<(seed%12), func(int) bool { return true })
		db, err := New(bytes.NewReader(data), int64(len(data)), "flipped")
		if err != nil {
			if !errors.Is(err, source.ErrDamaged) {
				t.Errorf("seed %d: %v", seed, err)
			}
			continue
		}
		opened++
		readDamaged(t, db)
	}
	if opened == 0 {
		t.Error("no file could be opened: the test tests nothing")
	}
}

// TestHeader says in one sentence why a file is not read.
func TestHeader(t *testing.T) {
	tests := []struct {
		name      string
		change    func(m *maker)
		want      string
		encrypted bool
	}{
		{"as made", func(m *maker) {}, "", false},
		{"Jet 4", func(m *maker) { copy(m.pages[0][4:], "Standard Jet DB"); m.pages[0][0x14] = 1 }, "", false},
		{"Access 2019", func(m *maker) { m.pages[0][0x14] = 6 }, "", false},
		{"a password alone", func(m *maker) { m.setHeader(0x42, []byte("secret")...) }, "", false},
		{"Access 97", func(m *maker) { copy(m.pages[0][4:], "Standard Jet DB"); m.pages[0][0x14] = 0 }, "Access 97 (Jet 3) or older: not supported", false},
		{"encrypted", func(m *maker) { m.setHeader(0x3e, 1, 2, 3, 4) }, "encrypted: remove the password in Access", true},
		{"encrypted, one byte of the key", func(m *maker) { m.setHeader(0x41, 9) }, "encrypted: remove the password in Access", true},
		{"Microsoft Money", func(m *maker) { copy(m.pages[0][4:], "MSISAM Database") }, "Microsoft Money file", true},
		{"some other file", func(m *maker) { copy(m.pages[0], "SQLite format 3\x00") }, "page 0: does not begin like an Access database; it is another sort of file, or its beginning is lost: damaged at its beginning", false},
		{"a zip", func(m *maker) { copy(m.pages[0], "PK\x03\x04"); clear(m.pages[0][4:20]) }, "page 0: is the beginning of a zip, not of an Access database; unpack it and give what it holds: damaged at its beginning", false},
		{"another engine", func(m *maker) { copy(m.pages[0][4:], "Standard XXX DB") }, `page 0: names the engine "Standard XXX DB", which is none of Access: damaged at its beginning`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			everyType(m)
			tt.change(m)
			data := m.bytes()
			db, err := New(bytes.NewReader(data), int64(len(data)), "x.accdb")
			if tt.want == "" {
				if err != nil || len(db.Tables()) != 1 || len(db.Notices()) != 0 {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "x.accdb: ") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if errors.Is(err, source.ErrEncrypted) != tt.encrypted {
				t.Errorf("%v: is source.ErrEncrypted is %v, want %v", err, !tt.encrypted, tt.encrypted)
			}
		})
	}
}

// TestDamagedTable damages one table in all the ways its parts allow.
func TestDamagedTable(t *testing.T) {
	const definitionPage, mapPage, firstPage = 3, 4, 5
	put := func(b []byte, at int, v ...byte) { copy(b[at:], v) }
	tests := []struct {
		name string
		do   func(b []byte)
		want string // "" for none
		rows int
	}{
		{"nothing", func(b []byte) {}, "", 6},
		{"promises more", func(b []byte) { page(b, definitionPage)[16] = 9 }, "page 3: rows are missing; its definition promises 9 rows, 6 were found", 6},
		{"a row deleted behind its back", func(b []byte) { page(b, firstPage)[15] |= 0xc0 }, "page 3: rows are missing; its definition promises 6 rows, 5 were found", 5},
		{"the definition's type", func(b []byte) { page(b, definitionPage)[0] = 1 }, "page 3: is of type 1 where a table definition was expected", 0},
		{"the page of the definition's rest", func(b []byte) { put(page(b, definitionPage), 4, 0, 1) }, "page 3: the definition's next page: page 256: past the end", 6},
		{"the type of the definition's rest", func(b []byte) { put(page(b, definitionPage), 4, 5) }, "page 3: the definition's next page 5 is of type 1", 6},
		{"the number of indexes", func(b []byte) { put(page(b, definitionPage), 51, 0, 0, 0, 1) }, "page 3: the definition's 3 columns and 16777216 indexes do not fit in its 4096 bytes", 0},
		{"the number of columns ever", func(b []byte) { put(page(b, definitionPage), 41, 0xff, 0x7f) }, "page 3: the definition has counted 32767 columns", 0},
		{"too few columns ever", func(b []byte) { put(page(b, definitionPage), 41, 2) }, `page 3: column "s" has the number 2; 2 were given`, 0},
		{"a name's length", func(b []byte) { put(page(b, definitionPage), 63+3*25, 0xf0, 0xff) }, "page 3: the name of column 1 does not lie in the definition", 0},
		{"an odd name", func(b []byte) { put(page(b, definitionPage), 63+3*25, 3) }, "page 3: the name of column 1 does not lie in the definition", 0},
		{"a column's number", func(b []byte) { put(page(b, definitionPage), 63+25+5, 0) }, `page 3: columns "k" and "d" have the same number`, 0},
		{"a column's place", func(b []byte) { put(page(b, definitionPage), 63+25+21, 2) }, "page 3: the fixed columns numbered 0 and 1 overlap", 0},
		{"a column past the row", func(b []byte) { put(page(b, definitionPage), 63+25+21, 0xff, 0xff) }, `page 3: column "d" lies past the end of a row`, 0},
		{"a variable column's index", func(b []byte) { put(page(b, definitionPage), 63+50+7, 9) }, `page 3: column "s" is variable column 9; there are 1`, 0},
		{"the pointer to the map", func(b []byte) { put(page(b, definitionPage), 56, 0xff, 0xff, 0xff) }, "the list of its pages: page 16777215: past the end", 0},
		{"the map's slot", func(b []byte) { put(page(b, definitionPage), 55, 8) }, "the list of its pages: page 4: has no row 8", 0},
		{"the map's kind", func(b []byte) { page(b, mapPage)[pageSize-69] = 7 }, "the list of its pages: page 4, row 0: is no usage map", 0},
		{"the map's first page", func(b []byte) { put(page(b, mapPage), pageSize-68, 0, 0, 1) }, "the list of its pages: page 4, row 0: a usage map from page 65536 on", 0},
		{"a page of the map that is not there", func(b []byte) { page(b, mapPage)[pageSize-64+4] |= 1 }, "page 37: past the end of the file", 6},
		{"a page of the map that is another's", func(b []byte) { page(b, mapPage)[pageSize-64] |= 8 }, "", 6},
		{"a map by reference to nothing", func(b []byte) { put(page(b, mapPage), pageSize-69, 1, 0xff, 0xff) }, "the list of its pages: page ", 0},
		{"a map by reference to a page of rows", func(b []byte) { put(page(b, mapPage), pageSize-69, 1, 5, 0, 0, 0) }, "the list of its pages: page 5: is of type 1 where a usage map was expected", 0},
		{"the page's owner", func(b []byte) { page(b, firstPage)[4] = 77 }, "page 5: is listed as the table's but is no page of its rows; 1 page could not be read; its definition promises 6 rows, 3 were found", 3},
		{"more slots than fit", func(b []byte) { put(page(b, firstPage), 12, 200) }, "page 5: row ", 0},
		{"a slot past the page", func(b []byte) { put(page(b, firstPage), 16, 0xff, 0x1f) }, "page 5: row 1 lies outside the place for rows; 2 rows could not be read; its definition promises 6 rows, 4 were found", 4},
		{"a row's columns", func(b []byte) { p := page(b, firstPage); p[le16(p[14:])] = 200 }, "page 5: row 0 has more columns than the table", 5},
		{"a row's variable columns", func(b []byte) { put(page(b, firstPage), pageSize-3, 0xff, 0xff) }, "page 5: row 0 has offsets of variable columns that lie outside it or do not ascend", 5},
		{"an offset in a row", func(b []byte) { put(page(b, firstPage), pageSize-5, 0xff) }, "page 5: row 0 has offsets of variable columns that lie outside it or do not ascend", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "d", Type: DateTime}, Column{Name: "s", Type: Text, Length: 20})
			for i := range 2 {
				table.add(
					slot{0, table.row(long(3*i+1), days(1), wide("x"))},
					slot{0, table.row(long(3*i+2), days(2), wide("y"))},
					slot{0, table.row(long(3*i+3), days(3), wide("z"))},
				)
			}
			data := m.bytes()
			tt.do(data)
			db := open(t, data)
			got := readDamaged(t, db)["T"]
			if got.rows != tt.rows && tt.name != "more slots than fit" {
				t.Errorf("%d rows, want %d", got.rows, tt.rows)
			}
			if tt.want == "" && got.err != nil || tt.want != "" && (got.err == nil || !strings.Contains(got.err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", got.err, tt.want)
			}
		})
	}
}

// TestRowsTooMany: more rows than promised are read, and said.
func TestRowsTooMany(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long})
	table.add(slot{0, table.row(long(1))}, slot{0, table.row(long(2))})
	table.rows = 1
	rows, notices := batches(t, open(t, m.bytes()), 0, 10)
	if len(rows) != 2 || !slices.Equal(notices, []string{`table "T": its definition promises 1 row, 2 were found; all of them are read`}) {
		t.Errorf("rows %q, notices %q", rows, notices)
	}
}

// TestSharedDefinition: two tables cannot have one definition.
func TestSharedDefinition(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long})
	table.add(slot{0, table.row(long(1))})
	m.entry(table.page, typeTable, 0, "U")
	db := open(t, m.bytes())
	if _, err := csv(t, db, "T"); err != nil {
		t.Error(err)
	}
	if _, err := csv(t, db, "U"); !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), `table "U": page 3: is the definition of table "T" as well`) {
		t.Errorf("got %v", err)
	}
}

// TestDamagedCatalogue damages the list of tables: the file is refused.
func TestDamagedCatalogue(t *testing.T) {
	tests := []struct {
		name string
		do   func(m *maker)
		want string
	}{
		{"nothing", func(m *maker) {}, ""},
		{"values too short for their type", func(m *maker) {
			for i := range m.catalogue {
				m.catalogue[i].Variable = true
			}
			layout(m.catalogue...)
			m.extra = append(m.extra, encodeRow(m.catalogue, []byte{9}, wide("X"), short(typeTable), []byte{}))
		}, `column "Id": a value of 1 bytes is too short for its type`},
		{"a table without a page", func(m *maker) { m.extra = append(m.extra, encodeRow(m.catalogue, nil, wide("X"), short(typeTable))) },
			"a table has no name, one that is too long, or no page"},
		{"a table without a name", func(m *maker) { m.entry(3, typeTable, 0, "") }, "a table has no name, one that is too long, or no page"},
		{"a name that is too long", func(m *maker) { m.entry(3, typeTable, 0, strings.Repeat("x", 200)) }, "a table has no name, one that is too long, or no page"},
		{"a column of another type", func(m *maker) { m.catalogue[3].Type = Integer; layout(m.catalogue...) }, "page 2: has no column Flags of type LONG"},
		{"a column of another name", func(m *maker) { m.catalogue[1].Name = "Nome" }, "page 2: has no column Name of type TEXT"},
		{"a row that is none", func(m *maker) { m.extra = append(m.extra, []byte{1, 0}) }, "row 1 is too short to be a row; 1 row could not be read; its definition promises 2 rows, 1 were found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			m.table("T", Column{Name: "k", Type: Long})
			tt.do(m)
			data := m.bytes()
			db, err := New(bytes.NewReader(data), int64(len(data)), "x")
			if tt.want == "" {
				if err != nil || len(db.Tables()) != 1 || len(db.Notices()) != 0 {
					t.Errorf("got %v", err)
				}
				return
			}
			if !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "x: the list of tables") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestClaims: nothing is allocated because a number in the file is large.
func TestClaims(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "m", Type: Memo}, Column{Name: "o", Type: OLE})
	for range 20 {
		table.add(slot{0, table.row(reference(longChain, 1<<30-1, at(5, 0)), reference(longInline, 1<<30-1, long(0)))})
	}
	table.rows = 1<<32 - 1
	wrong := m.table("U", Column{Name: "k", Type: Long})
	data := m.bytes()
	copy(page(data, wrong.page)[41:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	db := open(t, data)
	_, err1 := csv(t, db, "T")
	_, err2 := csv(t, db, "U")
	runtime.ReadMemStats(&after)
	if err1 == nil || err2 == nil {
		t.Errorf("got %v and %v", err1, err2)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", n, len(data))
	}
}

// failing is a file whose pages from one on cannot be read.
type failing struct {
	data []byte
	from int64
	err  error
}

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return copy(p, f.data[off:]), nil
}

// TestReadErrors: an error of the disk is no damage, and ends the run.
func TestReadErrors(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long})
	for i := range 100 {
		table.add(slot{0, table.row(long(i))})
	}
	data := m.bytes()
	broken := errors.New("the disk is broken")
	f := &failing{data: data, from: int64(len(data)), err: broken}
	db, err := New(f, int64(len(data)), "x")
	if err != nil {
		t.Fatal(err)
	}
	f.from = 80 * pageSize
	rows, _, err := tryBatches(t, db, 0, 10)
	if !errors.Is(err, broken) || errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), `table "T": page `) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	f.from = pageSize
	if _, err := New(f, int64(len(data)), "x"); !errors.Is(err, broken) {
		t.Errorf("opening: %v", err)
	}
}
