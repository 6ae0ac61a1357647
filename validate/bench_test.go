package validate

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"mhsds/validate/finding"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
)

type dirContainer struct{ files []string }

func (d *dirContainer) Tables() (t []source.Table) {
	for _, f := range d.files {
		st, _ := os.Stat(f)
		b := filepath.Base(f)
		t = append(t, source.Table{Name: b[:len(b)-4], File: b, Size: st.Size()})
	}
	return
}
func (d *dirContainer) Open(i int) (source.Reader, error) {
	f, err := os.Open(d.files[i])
	if err != nil {
		return nil, err
	}
	return delimited.NewReader(f, filepath.Base(d.files[i]), delimited.Options{})
}
func (d *dirContainer) Notices() []source.Notice { return nil }
func (d *dirContainer) Close() error             { return nil }

type sizes struct{ patients, referrals, contacts, activities int }

func genBench(dir string, n sizes, faulty float64) {
	os.MkdirAll(dir, 0o755)
	rng := rand.New(rand.NewPCG(1, 2))
	w := func(name, header string, rows int, line func(i int, b []byte) []byte) {
		f, _ := os.Create(filepath.Join(dir, name+".csv"))
		bw := bufio.NewWriterSize(f, 1<<20)
		fmt.Fprintln(bw, header)
		var b []byte
		for i := range rows {
			b = line(i, b[:0])
			b = append(b, '\n')
			bw.Write(b)
		}
		bw.Flush()
		f.Close()
	}
	opt := func(p float64, v string) string {
		if rng.Float64() < p {
			return v
		}
		return ""
	}
	pick := func(v ...string) string { return v[rng.IntN(len(v))] }
	day := func() string { return fmt.Sprintf("2026-09-%02d", 1+rng.IntN(30)) }
	w("MHS000Header", "DatSetVer,OrgIDProvider,OrgIDSubmit,PrimSystemInUse,ReportingPeriodStartDate,ReportingPeriodEndDate,DateTimeDatSetCreate", 1, func(i int, b []byte) []byte {
		return append(b, "6.0,RXX,RXX,BENCH,2026-09-01,2026-09-30,2026-10-05T10:00:00"...)
	})
	nhs := func(i int) string {
		for k := i * 10; ; k++ {
			s := fmt.Sprintf("999%06d", k%1000000)
			sum := 0
			for j := range 9 {
				sum += int(s[j]-'0') * (10 - j)
			}
			c := 11 - sum%11
			if c == 11 {
				c = 0
			}
			if c < 10 {
				return s + string(rune('0'+c))
			}
		}
	}
	_ = nhs
	w("MHS001MPI", "LocalPatientID,OrgIDLocalPatientID,OrgIDEduEstab,NHSNumber,NHSNumberStatus,PersonBirthDate,Postcode,GenderIDCode,GenderSameAtBirth,Gender,MaritalStatus,EthnicCategory,EthnicCategory2021,LanguageCodePreferred,PersDeathDate", n.patients, func(i int, b []byte) []byte {
		return fmt.Appendf(b, "P%07d,RXX,,,07,19%02d-%02d-%02d,LS%d %dAB,%s,Y,%s,S,A,,en,", i, 40+rng.IntN(59), 1+rng.IntN(12), 1+rng.IntN(28), 1+rng.IntN(9), 1+rng.IntN(9), pick("1", "2"), pick("1", "2", "9"))
	})
	w("MHS002GP", "LocalPatientID,GMPReg,StartDateGMPRegistration,EndDateGMPRegistration", n.patients, func(i int, b []byte) []byte {
		return fmt.Appendf(b, "P%07d,H%05d,20%02d-05-06,", i, rng.IntN(9999), 1+rng.IntN(20))
	})
	w("MHS101Referral", "ServiceRequestID,LocalPatientID,OrgIDComm,CareProfTeamLocalID,ReferralRequestReceivedDate,ReferralRequestReceivedTime,NHSServAgreeLineID,SpecialisedMHServiceCode,SourceOfReferralMH,OrgIDReferringOrg,ReferringCareProfessionalType,ClinRespPriorityType,PrimReasonReferralMH,ReasonOAT,DecisionToTreatDate,DecisionToTreatTime,DischPlanCreationDate,DischPlanCreationTime,DischPlanLastUpdatedDate,DischPlanLastUpdatedTime,ServDischDate,ServDischTime,ReferRejectionDate,ReferRejectionTime,ReferRejectReason,ReferClosReason", n.referrals, func(i int, b []byte) []byte {
		return fmt.Appendf(b, "SR%08d,P%07d,92A,TEAM%03d,2026-0%d-%02d,13:05:00,LINE1,,A1,H81010,,2,%02d,,,,,,,,,,,,,", i, i%n.patients, rng.IntN(300), 1+rng.IntN(9), 1+rng.IntN(28), 10+rng.IntN(5))
	})
	w("MHS201CareContact", "CareContactID,ServiceRequestID,CareContDate,CareContTime,OtherCareProfTeamLocalID,OrgIDComm,AdminCatCode,SpecialisedMHServiceCode,ClinContDurOfCareCont,ConsType,CareContSubj,ConsMechanismMH,ActLocTypeCode,PlaceOfSafetyInd,SiteIDOfTreat,LanguageCodeTreat,InterpreterPresentInd,ComPeriMHPartAssessOfferInd,PlannedCareContIndicator,CareContPatientTherMode,AttendStatus,EarliestReasonOfferDate,EarliestClinAppDate,CareContCancelDate,CareContCancelReas,ReasonableAdjustmentMade,ReasonPatientNoIMCA,ReasonPatientNoIMHA", n.contacts, func(i int, b []byte) []byte {
		d, code, dur := day(), "01", fmt.Sprint(10+rng.IntN(80))
		if rng.Float64() < faulty {
			switch rng.IntN(4) {
			case 0:
				d = "2026-10-01"
			case 1:
				code = "zz"
			case 2:
				dur = "12345"
			case 3:
				d = "2026-09-31"
			}
		}
		return fmt.Appendf(b, "CC%09d,SR%08d,%s,%02d:%02d:00,%s,92A,%s,%s,%s,%s,%s,%s,A01,%s,RXX%02d,en,%s,%s,Y,1,5,%s,%s,,,,%s,", i, i*n.referrals/n.contacts, d, 8+rng.IntN(10), rng.IntN(60), opt(.5, "TEAM001"), opt(.7, "01"), opt(.1, "NCBPS22S/LS_MG_LD"), dur, code, opt(.8, "01"), opt(.9, "01"), opt(.3, "N"), rng.IntN(99), opt(.4, "1"), opt(.4, "N"), opt(.5, d), opt(.5, d), opt(.1, "01"))
	})
	if n.activities > 0 {
		w("MHS202CareActivity", "CareActID,CareContactID,CareProfLocalID,ClinContactDurOfCareAct,Procedure,FindSchemeInUse,Finding,ObsSchemeInUse,Observation,ObsValue,UnitofMeasurement_UCUM", n.activities, func(i int, b []byte) []byte {
			return fmt.Appendf(b, "CA%09d,CC%09d,,%d,,,,,,,", i, i*n.contacts/n.activities, 10+rng.IntN(50))
		})
	}
}

type nullSink struct{ n int64 }

func (s *nullSink) Report(*finding.Finding) error { s.n++; return nil }

// TestRatio is run by hand: MHSDS_BENCH=dir go test -run Ratio ./validate
func TestRatio(t *testing.T) {
	dir := os.Getenv("MHSDS_BENCH")
	if dir == "" {
		t.Skip("no folder")
	}
	n := sizes{200_000, 400_000, 2_000_000, 0}
	if os.Getenv("BIG") != "" {
		n = sizes{350_000, 700_000, 5_000_000, 1_000_000}
	}
	if _, err := os.Stat(filepath.Join(dir, "MHS000Header.csv")); err != nil {
		genBench(dir, n, map[bool]float64{true: 1, false: 0.01}[os.Getenv("ALLBAD") != ""])
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	sort.Strings(files)
	p := shared(t)
	parse := func() time.Duration {
		t0 := time.Now()
		for _, f := range files {
			fd, _ := os.Open(f)
			r := csv.NewReader(bufio.NewReaderSize(fd, 1<<16))
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				}
			}
			fd.Close()
		}
		return time.Since(t0)
	}
	ours := func(jobs int) (time.Duration, *finding.Summary) {
		v, err := newValidator(p, Options{Workers: jobs})
		if err != nil {
			t.Fatal(err)
		}
		var s nullSink
		t0 := time.Now()
		sum, err := v.Run(context.Background(), &dirContainer{files}, &s)
		if err != nil {
			t.Fatal(err)
		}
		return time.Since(t0), sum
	}
	if os.Getenv("OURS") != "" {
		for range 4 {
			d, _ := ours(1)
			t.Log(d)
		}
		hwm, _ := os.ReadFile("/proc/self/status")
		for _, l := range strings.Split(string(hwm), "\n") {
			if strings.HasPrefix(l, "VmHWM") {
				t.Log(l)
			}
		}
		return
	}
	for range 3 {
		a := parse()
		b, sum := ours(1)
		c, _ := ours(2)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		t.Logf("encoding/csv %v  1 job %v (%.2f)  2 jobs %v (%.2f)  verdict %v sys %d MiB", a, b, b.Seconds()/a.Seconds(), c, c.Seconds()/a.Seconds(), sum.Verdict, m.Sys>>20)
		for _, ts := range sum.Tables {
			if ts.Rows > 0 {
				t.Log(ts.Table.ID, ts.Rows, ts.CarriedForward, ts.RecordRejected, ts.GroupRejected, ts.Warnings)
			}
		}
		for _, n := range sum.Notices {
			t.Log(n)
		}
	}
}
