package synthetic

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"mhsds/dictionary"
)

// SheetRows is how many rows of a table a sheet has room for, below the names.
const SheetRows = excelize.TotalRows - 1

// A Workbook writes tables as the sheets of an Excel workbook, as Excel itself
// would hold the data: dates and times are numbers under a format, everything
// else, identifiers above all, is text. Dates that Excel does not know, such as
// those before 1900-03-01 or with an offset, are text too. It implements
// Writer.
//
// Sheets grow in temporary files and are put together by Close, which removes
// them.
type Workbook struct {
	w     io.Writer
	file  *excelize.File
	sheet *excelize.StreamWriter // nil between tables
	first bool                   // no table has been written
	row   int

	styles [looks]int
	types  []dictionary.Type // of the table's fields
	cells  []excelize.Cell
	values []any
}

// A look is the format of a cell.
type look uint8

const (
	asText look = iota
	asDate
	asStamp // a date with a time
	asTime
	looks
)

// NewWorkbook returns a writer of a workbook. Its temporary files stand in the
// folder tempDir; "" is the system's. Close must be called.
func NewWorkbook(w io.Writer, tempDir string) (*Workbook, error) {
	b := &Workbook{w: w, first: true, file: excelize.NewFile(excelize.Options{TmpDir: tempDir})}
	for l, format := range [looks]string{"@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss"} {
		var err error
		if b.styles[l], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, fmt.Errorf("workbook: %w", err)
		}
	}
	return b, nil
}

// Begin implements Writer.
func (b *Workbook) Begin(t *dictionary.Table) error {
	name := t.Name
	if utf8.RuneCountInString(name) > excelize.MaxSheetNameLength {
		name = t.ID // which names a table as well
	}
	var err error
	if b.first {
		err = b.file.SetSheetName(b.file.GetSheetName(0), name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err == nil {
		b.sheet, err = b.file.NewStreamWriter(name)
	}
	if err == nil {
		err = b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	b.first, b.row = false, 0
	b.types = b.types[:0]
	b.cells, b.values = make([]excelize.Cell, len(t.Fields)), make([]any, len(t.Fields))
	names := make([][]byte, len(t.Fields))
	for i := range t.Fields {
		b.types = append(b.types, dictionary.Text) // of the names
		names[i] = []byte(t.Fields[i].Name)
	}
	if err := b.Row(names); err != nil {
		return err
	}
	for i := range t.Fields {
		b.types[i] = t.Fields[i].Type
	}
	return nil
}

// Row implements Writer.
func (b *Workbook) Row(values [][]byte) error {
	if b.row > SheetRows {
		return fmt.Errorf("workbook: a sheet has room for %d rows", SheetRows)
	}
	empty := true
	for i, v := range values {
		if len(v) == 0 {
			b.values[i] = nil
			continue
		}
		empty = false
		serial, l := serialOf(v, b.types[i])
		b.cells[i].StyleID = b.styles[l]
		if l == asText {
			if err := holdable(v); err != nil {
				return err
			}
			b.cells[i].Value = string(v)
		} else {
			b.cells[i].Value = serial
		}
		b.values[i] = &b.cells[i]
	}
	if empty {
		return errors.New("workbook: a sheet cannot hold a row of nulls")
	}
	b.row++
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err == nil {
		err = b.sheet.SetRow(at, b.values)
	}
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// holdable is an error for text that Excel would cut or change.
func holdable(v []byte) error {
	if len(v) > excelize.TotalCellChars && utf8.RuneCount(v) > excelize.TotalCellChars {
		return fmt.Errorf("workbook: a cell has room for %d characters", excelize.TotalCellChars)
	}
	for _, c := range v {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return errors.New("workbook: a cell cannot hold a control character")
		}
	}
	return nil
}

// Days as Excel counts them, from what is noted here as 1899-12-30: right from
// 1900-03-01 on, before which it believes in a leap day that was none.
const (
	excelZero  = -25569 // as days since 1970-01-01
	excelFirst = 61
	excelLast  = 2958465 // 9999-12-31
	daySeconds = 24 * 60 * 60
)

// serialOf returns the number that stands for a date or time in Excel, and how
// it is to look; asText if the value is to be text.
func serialOf(v []byte, t dictionary.Type) (float64, look) {
	switch t {
	case dictionary.Time:
		if second, ok := clock(v); ok {
			return float64(second) / daySeconds, asTime
		}
	case dictionary.Date, dictionary.DateTime:
		if len(v) != len("2006-01-02") && (len(v) != len("2006-01-02T15:04:05") || v[10] != 'T') {
			break
		}
		day, ok := parseDay(string(v))
		if day -= excelZero; !ok || day < excelFirst || day > excelLast {
			break
		}
		if len(v) == len("2006-01-02") {
			return float64(day), asDate
		}
		// Midnight would come back as a date alone.
		if second, ok := clock(v[11:]); ok && second > 0 {
			return float64(day) + float64(second)/daySeconds, asStamp
		}
	}
	return 0, asText
}

// clock reads hh:mm:ss as seconds.
func clock(v []byte) (second int, ok bool) {
	if len(v) != len("15:04:05") {
		return 0, false
	}
	for i, c := range v {
		switch {
		case i%3 == 2 && c == ':':
		case i%3 == 2 || c < '0' || c > '9':
			return 0, false
		}
	}
	of := func(i int) int { return 10*int(v[i]-'0') + int(v[i+1]-'0') }
	h, m, s := of(0), of(3), of(6)
	return (h*60+m)*60 + s, h < 24 && m < 60 && s < 60
}

// End implements Writer.
func (b *Workbook) End() error {
	err := b.sheet.Flush()
	b.sheet = nil
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// Close writes the workbook, unless it was given up within a table, and removes
// the temporary files.
func (b *Workbook) Close() error {
	defer b.file.Close()
	if b.sheet != nil {
		return nil
	}
	parts := &bookParts{w: b.w}
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return parts })
	if err := b.file.Write(io.Discard); err != nil { // the parts go to w
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// bookParts writes the parts of a workbook as a zip, sorted, each with the same
// time: the library hands them over as a Go map lists them. Until all are there
// they wait compressed.
type bookParts struct {
	w    io.Writer
	pack *flate.Writer // into the last of list, nil before there is one
	list []*bookPart
}

type bookPart struct {
	to   *bookParts
	head zip.FileHeader
	data bytes.Buffer
}

func (p *bookPart) Write(b []byte) (int, error) {
	p.head.CRC32 = crc32.Update(p.head.CRC32, crc32.IEEETable, b)
	p.head.UncompressedSize64 += uint64(len(b))
	return p.to.pack.Write(b)
}

// Create ends the part before, and begins one.
func (p *bookParts) Create(name string) (io.Writer, error) {
	n := &bookPart{to: p, head: zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime()}}
	if p.pack == nil {
		var err error
		if p.pack, err = flate.NewWriter(&n.data, flate.BestSpeed); err != nil {
			return nil, err
		}
	} else {
		if err := p.pack.Close(); err != nil {
			return nil, err
		}
		p.pack.Reset(&n.data)
	}
	p.list = append(p.list, n)
	return n, nil
}

// AddFS is for workbooks that were read from somewhere.
func (p *bookParts) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close writes the zip.
func (p *bookParts) Close() error {
	if err := p.pack.Close(); err != nil {
		return err
	}
	slices.SortFunc(p.list, func(a, b *bookPart) int { return cmp.Compare(a.head.Name, b.head.Name) }) // which puts [Content_Types].xml first
	z := zip.NewWriter(p.w)
	for _, n := range p.list {
		n.head.CompressedSize64 = uint64(n.data.Len())
		w, err := z.CreateRaw(&n.head)
		if err != nil {
			return err
		}
		if _, err := n.data.WriteTo(w); err != nil {
			return err
		}
	}
	return z.Close()
}
