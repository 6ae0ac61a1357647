// Package spreadsheet reads the sheets of an Excel workbook (.xlsx) as tables.
//
// # The format
//
// A workbook is a zip of XML. A sheet is a table and is named after it; charts
// and dialogs are no tables, and a sheet whose name begins with _ or . is
// ignored in silence. The first row with a value names the columns, every
// further row with a value under a name is a record; what stands right of the
// names is not read. The line of a record is its row in the sheet.
//
//	xl/workbook.xml       names, order, hidden or not, first day of dates
//	xl/styles.xml         number formats: which numbers are dates
//	xl/sharedStrings.xml  <si><t>CC1</t></si><si><t>TEAM-01</t></si>…
//	xl/worksheets/…       <row r="2"><c r="A2" t="s"><v>0</v></c>
//	                                 <c r="B2" s="4"><v>46266</v></c></row>
//
// A record is text, so every cell becomes the text that a CSV file of the same
// data has:
//
//	text        its characters; of a formula, the value last calculated
//	number      plain decimal without an exponent: all digits of a whole number,
//	            otherwise the 15 that Excel keeps. A format of zeros (00000)
//	            fills it from the left
//	date        a number in a cell that shows a date: CCYY-MM-DD, with a time
//	            other than midnight CCYY-MM-DDThh:mm:ss; in a cell that shows a
//	            time of day hh:mm:ss; hours beyond 24 where it counts them
//	true, false TRUE, FALSE
//	error       its text, #REF!
//
// Trimming, nulls and line breaks are those of CSV. An empty row is no record:
// a workbook knows no record of nulls, but one of spaces.
//
// # What is wrong with a record
//
// A fault is reported on its row and never costs another one. Its words are the
// Check of batch.Fault:
//
//	unreadable_value   a formula that was never calculated, a string that is not
//	                   there, characters that are not UTF-8: the value is null.
//	                   With Column -1: the row is no XML, or has two cells in
//	                   one place; it is skipped
//	control_character  a character below U+0020 other than tab, LF and CR, or
//	                   U+007F; it stays in the value
//	oversized_field    a value longer than 1 MiB is null; a row longer than
//	                   2 MiB, or 16 MiB of XML, is skipped, with Column -1
//
// # How it is read
//
// Package excelize reads what describes the workbook: sheets, number formats,
// the date system. It does not read the sheets: its iterator of rows takes
// broken XML, and an entry of the zip that is cut short, for the end of the
// sheet, and gives neither types nor formulas (TestExcelizeRows shows it). Here
// a stream cuts a sheet into whole rows as it is unpacked, and decoders read
// their cells. Values without references stay where they are in the XML. No
// temporary file is written; the shared strings alone are kept in memory, up to
// 256 MiB.
package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"mhsds/validate/source"
	"mhsds/validate/source/zipped"
)

// A Workbook is an opened workbook. It implements source.Container.
type Workbook struct {
	name      string // as errors call it
	closer    io.Closer
	stamp     source.Stamp
	sheets    []sheet
	notices   []source.Notice
	styles    []style
	dates     dates
	strings   *sharedStrings
	blockSize int
}

// A sheet is one that may be a table.
type sheet struct {
	name string
	part *zip.File // nil if it is not in the zip
	size int64     // unpacked
}

// Open opens the workbook at the path. The file stays open until Close.
func Open(name string) (*Workbook, error) {
	f, info, err := source.OpenFile(name)
	if err != nil {
		return nil, err
	}
	w, err := New(f, info.Size(), name)
	if err != nil {
		f.Close()
		return nil, err
	}
	w.closer, w.stamp = f, source.NewStamp(name, info)
	return w, nil
}

// New opens a workbook of so many bytes; errors call it by the name. Closing it
// does not close r.
func New(r io.ReaderAt, size int64, name string) (*Workbook, error) {
	if err := old(r, size, name); err != nil {
		return nil, err
	}
	z, err := zipped.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s is not a workbook, or was cut short; copy or save it again: %w", name, err)
	}
	if err := zipped.Overlap(z, name); err != nil {
		return nil, err
	}
	p := newParts(z, name)
	main, err := p.main()
	if err != nil {
		return nil, err
	}
	w := &Workbook{name: name, blockSize: defaultBlock, strings: new(sharedStrings)}
	if err := w.describe(p, main, size); err != nil {
		return nil, err
	}
	return w, nil
}

// old says of a file that older versions of Excel wrote, or that is locked by
// a password, why it is not read. Both are in an older sort of container.
func old(r io.ReaderAt, size int64, name string) error {
	begin := make([]byte, min(size, 1<<20))
	if n, err := r.ReadAt(begin, 0); err != nil && err != io.EOF {
		return fmt.Errorf("%s cannot be read: %w", name, source.Cause(err))
	} else {
		begin = begin[:n]
	}
	if !bytes.HasPrefix(begin, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return nil
	}
	for _, entry := range []string{"EncryptedPackage", "EncryptionInfo"} {
		if bytes.Contains(begin, []byte(strings.Join(strings.Split(entry, ""), "\x00")+"\x00")) {
			return fmt.Errorf("%s is %w; save it in Excel without a password", name, source.ErrEncrypted)
		}
	}
	return fmt.Errorf("%s is a workbook of Excel 97 to 2003; save it in Excel as .xlsx", name)
}

// Tables implements source.Container: the sheets, in the order of the workbook.
func (w *Workbook) Tables() []source.Table {
	tables := make([]source.Table, len(w.sheets))
	for i, s := range w.sheets {
		tables[i] = source.Table{Name: s.name, File: s.name, Size: s.size}
	}
	return tables
}

// Open implements source.Container. An error that wraps source.ErrDamaged
// means that the sheet cannot be read and others may be.
func (w *Workbook) Open(i int) (source.Reader, error) {
	s := &w.sheets[i]
	if s.part == nil {
		return nil, damagef("the workbook names the sheet but does not hold it")
	}
	in, err := zipped.Open(s.part, w.name)
	if err != nil {
		return nil, err
	}
	rd, err := w.newReader(in, s.name)
	if err != nil {
		in.Close()
		return nil, err
	}
	rd.closer = in
	return rd, nil
}

// Notices implements source.Container.
func (w *Workbook) Notices() []source.Notice { return w.notices }

// Changed implements source.Changeable.
func (w *Workbook) Changed() []string {
	if !w.stamp.Changed() {
		return nil
	}
	return []string{filepath.Base(w.name)}
}

// Close implements source.Container.
func (w *Workbook) Close() error {
	if w.closer == nil {
		return nil
	}
	return w.closer.Close()
}

// style returns the style of a cell.
func (w *Workbook) style(i int32) style {
	if int(i) >= len(w.styles) {
		return style{}
	}
	return w.styles[i]
}

// describe takes in what the workbook says of itself.
func (w *Workbook) describe(p *parts, main string, size int64) error {
	relations, err := p.relations(main)
	if err != nil {
		return err
	}
	book, err := p.describe(main, relations)
	if err != nil {
		return err
	}
	w.dates.from1904 = book.from1904
	w.styles = book.styles
	seen := make(map[string]bool)
	for _, s := range book.sheets {
		if strings.ContainsFunc(s.name, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return fmt.Errorf("%s: the sheet name %q holds a control character; rename the sheet", w.name, s.name)
		}
		if s.name == "" || s.name[0] == '_' || s.name[0] == '.' {
			continue
		}
		relation := relations.named(s.relation)
		switch kind := relation.kind(); {
		case kind == "chartsheet" || kind == "dialogsheet" || strings.HasSuffix(kind, "acrosheet"): // xlMacrosheet
			w.notices = append(w.notices, source.Notice{File: s.name, Text: "the sheet is a chart or the like, no table, and was not read"})
			continue
		case seen[strings.ToLower(s.name)]:
			return fmt.Errorf("%s: there are two sheets %s; which one counts cannot be told, so keep one", w.name, s.name)
		case s.hidden:
			w.notices = append(w.notices, source.Notice{File: s.name, Text: "the sheet is hidden; it is read like any other"})
		}
		seen[strings.ToLower(s.name)] = true
		add := sheet{name: s.name}
		if add.part, err = p.find(relation.part(main)); err != nil {
			return err
		}
		if add.part != nil {
			if err := zipped.Check(add.part, w.name); err != nil {
				return err
			}
			add.size = zipped.Size(add.part, size)
		}
		w.sheets = append(w.sheets, add)
	}
	for _, r := range relations {
		if r.kind() == "sharedStrings" {
			return w.readStrings(p, r.part(main))
		}
	}
	return nil
}

func (w *Workbook) readStrings(p *parts, name string) error {
	f, err := p.find(name)
	if f == nil || err != nil {
		return err // without them, each cell that names one is a fault
	}
	if err := zipped.Check(f, w.name); err != nil {
		return err
	}
	in, err := zipped.Open(f, w.name)
	if err != nil {
		return err
	}
	defer in.Close()
	if w.strings, err = readShared(in); err != nil {
		return fmt.Errorf("%s: the texts that its cells share cannot be read: %w", w.name, err)
	}
	return nil
}

// maxPart bounds the parts that describe a workbook, in bytes. Excel allows
// 65,490 styles of cells, which come to less.
const maxPart = 16 << 20

// parts are the entries of a workbook's zip, by name. Programs differ in case
// and slashes.
type parts struct {
	zip   string
	files map[string][]*zip.File
}

func newParts(z *zip.Reader, name string) *parts {
	p := &parts{name, make(map[string][]*zip.File, len(z.File))}
	for _, f := range z.File {
		key := partKey(f.Name)
		p.files[key] = append(p.files[key], f)
	}
	return p
}

func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// find returns a part, nil if there is none. Two of one name are an error: one
// program would read the first, another the second.
func (p *parts) find(name string) (*zip.File, error) {
	list := p.files[partKey(name)]
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return nil, fmt.Errorf("%s: there are two entries %q; save the workbook again in Excel", p.zip, list[0].Name)
}

// read returns what a part holds that describes the workbook, nil if there is
// none.
func (p *parts) read(name string) ([]byte, error) {
	f, err := p.find(name)
	if f == nil || err != nil {
		return nil, err
	}
	if err := zipped.Check(f, p.zip); err != nil {
		return nil, err
	}
	in, err := zipped.Open(f, p.zip)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxPart+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %q: %w", p.zip, f.Name, err)
	}
	if len(text) > maxPart {
		return nil, fmt.Errorf("%s: %q is longer than %d MiB, which describes no workbook", p.zip, f.Name, maxPart>>20)
	}
	if bytes.Contains(text, []byte("<!DOCTYPE")) {
		return nil, fmt.Errorf("%s: %q: %w", p.zip, f.Name, errDocumentType)
	}
	return text, nil
}

// main returns the name of the part that lists the sheets.
func (p *parts) main() (string, error) {
	relations, err := p.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range relations {
		if r.kind() == "officeDocument" {
			name := r.part("")
			if strings.HasSuffix(strings.ToLower(name), ".bin") {
				return "", fmt.Errorf("%s is a binary workbook (.xlsb); save it in Excel as .xlsx", p.zip)
			}
			if len(p.files[partKey(name)]) > 0 {
				return name, nil
			}
		}
	}
	if len(p.files["content.xml"]) > 0 {
		return "", fmt.Errorf("%s is an OpenDocument file; save it as .xlsx", p.zip)
	}
	return "", fmt.Errorf("%s is a zip that holds no workbook", p.zip)
}

// A relation says what another part is to one part.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// kind is the last word of the relation's type; the rest says which edition of
// the standard it is from.
func (r relation) kind() string { return path.Base(r.Type) }

// part returns the name of the part that the relation leads to from another,
// "" if it is none of the file.
func (r relation) part(from string) string {
	target := strings.ReplaceAll(r.Target, `\`, "/")
	switch {
	case r.Mode == "External" || target == "":
		return ""
	case target[0] == '/':
		return path.Clean(target[1:])
	}
	return path.Join(path.Dir(from), target)
}

// relationsOf returns the name of the part that has the relations of another.
func relationsOf(name string) string {
	folder, file := path.Split(name)
	return folder + "_rels/" + file + ".rels"
}

// A relations is all of those of a part, in its order.
type relations []relation

// named returns the relation of an identifier, an empty one if there is none.
func (list relations) named(id string) relation {
	for _, r := range list {
		if r.ID == id {
			return r
		}
	}
	return relation{}
}

// relations returns the relations of a part, "" for those of the whole.
func (p *parts) relations(of string) (relations, error) {
	text, err := p.read(relationsOf(of))
	if err != nil || text == nil {
		return nil, err
	}
	var list struct {
		Relationship relations
	}
	if err := xml.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: how its parts belong together cannot be read; save it again in Excel: %w", p.zip, err)
	}
	return list.Relationship, nil
}
