package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
)

func (p *program) tablesCommand() *cobra.Command {
	var columns bool
	var delimiter string
	cmd := &cobra.Command{
		Use:     "tables FILE",
		Short:   "What a database, a folder or a zip holds: tables, rows, columns",
		Example: `  mhsds tables september.accdb --columns`,
		Args:    exactly("FILE"),
	}
	cmd.Flags().BoolVar(&columns, "columns", false, "list the columns of each table with their types")
	cmd.Flags().StringVar(&delimiter, "delimiter", ",", "`CHARACTER` between the fields of CSV files; tab is a tab")
	cmd.RunE = p.run(func(cmd *cobra.Command, args []string) error {
		c, err := openFile(args[0], delimiter)
		if err != nil {
			return err
		}
		defer c.Close()
		return p.listTables(cmd.Context(), c, columns)
	})
	return cmd
}

func openFile(path, delimiter string) (source.Container, error) {
	d, err := parseDelimiter(delimiter)
	if err != nil {
		return nil, err
	}
	return openContainer(path, d)
}

// batchRows is the number of rows decoded together when nothing judges them.
const batchRows = 4096

// listTables writes a line a table, and reads every row to count them.
func (p *program) listTables(ctx context.Context, c source.Container, columns bool) error {
	w := bufio.NewWriter(p.stdout)
	defer w.Flush()
	tables := c.Tables()
	width := len("table")
	for _, t := range tables {
		width = max(width, len(plain(t.Name)))
	}
	fmt.Fprintf(w, "%-*s  %10s  %7s\n", width, "table", "rows", "columns")
	var lost []string
	for i, t := range tables {
		rows, err := 0, error(nil)
		rd, err := c.Open(i)
		if err == nil {
			rd.Bind(nil)
			rows, err = eachBatch(ctx, rd, func(*batch.Batch) error { return nil })
		}
		if ctx.Err() != nil {
			return incompletef("stopped; from %s on nothing was read", plain(t.Name))
		}
		if err != nil {
			lost = append(lost, named(t.File, err))
			fmt.Fprintf(w, "%-*s  %10s  %7s\n", width, plain(t.Name), "damaged", "")
		} else {
			fmt.Fprintf(w, "%-*s  %10d  %7d\n", width, plain(t.Name), rows, len(rd.Columns()))
		}
		if rd == nil {
			continue
		}
		if columns {
			for _, col := range rd.Columns() {
				size := ""
				if col.Width > 0 {
					size = fmt.Sprintf("(%d)", col.Width)
				}
				fmt.Fprintf(w, "    %s %s%s\n", plain(col.Name), col.Type, size)
			}
		}
		rd.Close()
	}
	w.Flush()
	if len(lost) > 0 {
		return incompletef("%s", strings.Join(lost, "; "))
	}
	return nil
}

// eachBatch calls f with every batch of a table and returns the number of
// rows. The reader knows which columns are wanted.
func eachBatch(ctx context.Context, rd source.Reader, f func(*batch.Batch) error) (rows int, err error) {
	dec := rd.Decoder()
	var blk source.Block
	var b batch.Batch
	for ctx.Err() == nil {
		err := rd.Next(&blk)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for more := true; more; {
			if more, err = dec.Decode(&blk, &b, batchRows); err != nil {
				return rows, err
			}
			rows += b.Rows
			if err := f(&b); err != nil {
				return rows, err
			}
		}
	}
	return rows, ctx.Err()
}

// formulas is said of files of CSV that hold values: what is done to keep Excel
// from reading a value as a formula would make another value of it.
const formulas = `Values stand in CSV files exactly as they were submitted. One that begins with
= + - or @ is a formula to Excel: there, import the file as text (Data, From
Text/CSV) instead of opening it.`

func (p *program) exportCommand() *cobra.Command {
	var tables []string
	var all bool
	var out, delimiter string
	cmd := &cobra.Command{
		Use:   "export FILE --table T|--all --out DIR",
		Short: "The tables of a database as CSV files",
		Long: `Write tables of a database, a folder or a zip as CSV files, which mhsds validate
reads. The files hold patient identifiers: they are written to the named folder
and nowhere else, readable by you alone.

` + formulas,
		Example: `  mhsds export september.accdb --all --out september`,
		Args:    exactly("FILE"),
	}
	f := cmd.Flags()
	f.StringSliceVar(&tables, "table", nil, "the `TABLE` to write; may be repeated")
	f.BoolVar(&all, "all", false, "every table")
	f.StringVar(&out, "out", "", "folder `DIR` to write to")
	f.StringVar(&delimiter, "delimiter", ",", "`CHARACTER` between the fields of CSV files that are read; tab is a tab")
	cmd.RunE = p.run(func(cmd *cobra.Command, args []string) error {
		switch {
		case out == "":
			return usagef("export: where to? give --out DIR")
		case all == (len(tables) > 0):
			return usagef("export: which tables? give --all or --table TABLE, one of the two")
		}
		c, err := openFile(args[0], delimiter)
		if err != nil {
			return err
		}
		defer c.Close()
		which, err := chosen(c.Tables(), tables)
		if err != nil {
			return err
		}
		return p.export(cmd.Context(), c, which, out, args[0])
	})
	return cmd
}

// chosen returns the indexes of the named tables, of all for no names.
func chosen(tables []source.Table, names []string) ([]int, error) {
	var which []int
	var known []string
	for i, t := range tables {
		known = append(known, t.Name)
		if len(names) == 0 {
			which = append(which, i)
		}
	}
	for _, name := range names {
		i := slices.IndexFunc(tables, func(t source.Table) bool { return strings.EqualFold(t.Name, name) })
		if i < 0 {
			return nil, usagef("no table %q in it%s", name, dictionary.DidYouMean(name, known))
		}
		which = append(which, i)
	}
	return which, nil
}

func (p *program) export(ctx context.Context, c source.Container, which []int, dir, from string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return usagef("--out %s: %w", dir, unpath(err))
	}
	var lost []string
	tables := c.Tables()
	for _, i := range which {
		path := filepath.Join(dir, access.CSVName(tables[i].Name))
		if sameFile(path, from) || sameFile(path, filepath.Join(from, tables[i].File)) {
			return usagef("--out %s: %s would overwrite what is read", dir, filepath.Base(path))
		}
		t, err := openTarget(output{"", path}, nil, true)
		if err != nil {
			return err
		}
		err = writeTable(ctx, t.w, c, i)
		if errors.Is(err, source.ErrDamaged) {
			lost = append(lost, named(tables[i].Name, err)) // what could be read stays
			err = nil
		}
		if err == nil {
			err = t.commit()
		}
		t.abandon()
		switch {
		case ctx.Err() != nil:
			return incompletef("stopped; %s and what follows it were not written", path)
		case err != nil:
			return incompletef("%s: %w", path, unpath(err))
		}
	}
	fmt.Fprintf(p.stderr, "mhsds: %d tables written to %s; they contain patient identifiers\n", len(which), plain(dir))
	if len(lost) > 0 {
		return incompletef("%s", strings.Join(lost, "; "))
	}
	return nil
}

// writeTable writes the i-th table: a database's in the canonical form of its
// cells, others as the values stand in their files.
func writeTable(ctx context.Context, w io.Writer, c source.Container, i int) error {
	if db, ok := c.(*access.Database); ok {
		_, err := db.WriteCSV(stopped{ctx, w}, i)
		return err
	}
	rd, columns, err := openAll(ctx, c, i)
	if err != nil {
		return err
	}
	defer rd.Close()
	out := bufio.NewWriterSize(w, 1<<16)
	var line, value []byte
	for k, col := range columns {
		line = appendField(line, []byte(col.Name), k)
	}
	out.Write(append(line, '\n'))
	_, err = eachBatch(ctx, rd, func(b *batch.Batch) error {
		for row := range b.Rows {
			line = line[:0]
			for k := range columns {
				value = b.Append(value[:0], k, row)
				line = appendField(line, value, k)
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return err
}

// openAll opens the i-th table with all its columns wanted. A table whose rows
// name its columns is read once for their names alone.
func openAll(ctx context.Context, c source.Container, i int) (source.Reader, []source.Column, error) {
	rd, err := c.Open(i)
	if err != nil {
		return nil, nil, err
	}
	if _, ok := rd.(source.Keyed); !ok {
		columns := rd.Columns()
		wanted := make([]int, len(columns))
		for k := range wanted {
			wanted[k] = k
		}
		rd.Bind(wanted)
		return rd, columns, nil
	}
	rd.Bind(nil)
	_, err = eachBatch(ctx, rd, func(*batch.Batch) error { return nil })
	columns := rd.Columns()
	rd.Close()
	if err != nil && !errors.Is(err, source.ErrDamaged) {
		return nil, nil, err
	}
	if rd, err = c.Open(i); err != nil {
		return nil, nil, err
	}
	names := make([]string, len(columns))
	for k := range columns {
		names[k] = columns[k].Name
	}
	if k, ok := rd.(source.Keyed); ok {
		k.BindNames(names)
	}
	return rd, columns, nil
}

// appendField appends the k-th field of a line of CSV. Every field of a line
// that may be the only one is quoted, so that no record is an empty line.
func appendField(line, value []byte, k int) []byte {
	if k > 0 {
		line = append(line, ',')
	} else if len(value) == 0 {
		return append(line, `""`...)
	}
	if !bytes.ContainsAny(value, ",\"\r\n") && (len(value) == 0 || value[0] != ' ') {
		return append(line, value...)
	}
	line = append(line, '"')
	line = append(line, bytes.ReplaceAll(value, []byte{'"'}, []byte(`""`))...)
	return append(line, '"')
}

// stopped is a writer that fails once its context has ended.
type stopped struct {
	ctx context.Context
	w   io.Writer
}

func (s stopped) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
}
