package sheets

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/frugal"
)

// small is a dictionary of two tables in which one part plays many roles, so
// that a run of the fuzzer costs little.
func small() fstest.MapFS {
	var roles strings.Builder
	roles.WriteString("role,table,field,what\n")
	for role, at := range map[string]string{
		"header": "H,", "header_version": "H,Version", "header_provider": "H,Provider", "header_submitter": "H,Provider",
		"period_start": "H,Start", "period_end": "H,End", "header_created": "H,Created",
		"context": "Portal,", "context_submitter": "Portal,Sender", "context_provider": "Portal,Sender",
		"context_uploaded": "Portal,Uploaded", "context_period_start": "Portal,Start", "context_period_end": "Portal,Start",
		"patient": "P,", "gp": "P,", "referral": "P,", "contact": "P,", "activity": "P,", "indirect_activity": "P,",
		"group_session": "P,", "spell": "P,", "ward_stay": "P,", "staff": "P,", "team": "P,", "ward": "P,",
		"patient_id": "P,ID", "nhs_number": "P,ID", "referral_id": "P,ID", "referral_patient_id": "P,ID",
		"contact_id": "P,ID", "contact_referral_id": "P,ID", "activity_id": "P,ID", "activity_contact_id": "P,ID",
		"spell_id": "P,ID", "spell_referral_id": "P,ID", "ward_stay_id": "P,ID", "staff_id": "P,ID", "team_id": "P,ID", "ward_id": "P,ID",
		"birth_date": "P,Born", "death_date": "P,Born", "referral_received": "P,Born", "referral_discharged": "P,Born", "contact_date": "P,Born",
	} {
		fmt.Fprintf(&roles, "%s,%s,\n", role, at)
	}
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"release": "key,value\nversion,6.0\nrules_dated,2024-03\nscales_revision,\"6\"\n",
		"tables":  "id,name,title,kind\nH,Header,The header,record\nP,Patients,A patient,record\nPortal,Portal,The portal,context\n",
		"fields": `table,name,uid,item,type,key,foreign_table,foreign_field,specification_only,number_allowed,digits
H,Version,H1,VERSION,text,,,,,,
H,Provider,H2,PROVIDER,text,,,,,,
H,Start,H3,START,date,,,,,,
H,End,H4,END,date,,,,,,
H,Created,H5,CREATED,datetime,,,,,,
P,ID,P1,IDENTIFIER,text,Y,,,,Y,10
P,Born,P2,BIRTH DATE,date,,,,,,
P,Stage,P3,STAGE,text,,P,ID,Y,,
Portal,Sender,,,text,,,,,,
Portal,Uploaded,,,datetime,,,,,,
Portal,Start,,,date,,,,,,
`,
		"lists": "name,source\nStage,this test\n",
		"codes": "list,code,label,default,valid_from,source\nStage,01,\"First, really\",,,\nStage,99,Not known,Y,2026-04-01,elsewhere\n",
		"rules": `code,status,source,group,table,severity,severity_one,pipeline_severity,kind,field,other_table,other_field,join,min,max,pattern,list,offset_days,condition,fields,nulls_equal,defaults,schemes,min_years,max_years,earliest,text_only,prefix,as_at,check,spans,grade,items,note,unchecked,no_case
P01,both,test,AV_1,P,warning,Y,record rejected,in_set,Stage,,,,,,,Stage,,,,,,,,,,,,,,,,[P1]ID|[P3]Stage,,,
P02,both,test,,P,record rejected,,,alphanumeric,Stage,,,,0,20,,,,,,,,,,,,,,,,,,,,,
P03,both,test,,P,record rejected,,,date_on_or_before,Born,H,End,,,,,,1,,,,,,,,,,,,,,,,,,
P04,both,test,,P,warning,,,comparison,Stage,,,,,,,,,isnull(Stage) or notnull(Born),,,,,,,,,,,,,,,,,
P05,both,test,,P,group rejected,,,unique,ID,,,,,,,,,,ID|Born,Y,,,,,,,,,,,,,,,
P06,both,test,,P,warning,,,diag_code,Stage,P,ID,,,,,,,,,,,02=icd10|06=snomed,,,,,,,,,,,,,
P07,both,test,,P,warning,,,org_valid_or_default,ID,,,,,,,,,,,,A|B,,,,,,,H.Start|H.End,,,,,,,
P08,portal_check,test,,H,file rejected,,,file_check,,,,,,,,,,,P.Born,,,,,,,,,,no_record_in_period,P.Born to P.Born,,,a note,,no case
P09,both,test,,P,group rejected,,,child_exists,ID,H,Provider,,,,,,,,,,,,,,,,,,,,,,,,
P10,both,test,,P,group rejected,,,parent_exists,ID,H,Provider,,,,,,,,,,,,,,,,,,,,,,,,
PRE1,pre_submission,test,,,warning,,,container,,,,,,,,,,,,,,,,,,,,,padding,,container,,,,
PRE2,pre_submission,test,,P,warning,,,scope,,,,,,,,,,,,,,,,,,,,,likely,,likely,,,,
`,
		"references": "order,rule\n1,P09\n",
		"scales":     "concept,low,high,values,decimals,earlier,later,collected_from,earlier_only,later_only,note\n445455005,-3,6.5,,1,Y,,2024-04-01,,,\n446826001,,,A|B|C,,Y,Y,,A,B|C,a note\n",
		"roles":      roles.String(),
		"scope":      "part,table,field,value,label,source\nteams,P,ID,,,test\njob_role,P,Stage,,,test\ntherapist_role,,,1,a role,test\n",
		"quality":    "id,kind,name,table,field,join,denominator,valid,other,default,invalid,missing,needs,unchecked,target,note\nQ1,validity,Stages,P,Stage,,all,in{01|02},none,in{99},else,blank,,,,\nQ2,coverage,Born,P,H.Provider,ID=H.Provider,all,filled,,,,,organisations|sites,,70,a note\nQ3,integrity,None,P,ID,,,,,,,,,not to be had,,\n",
		"measures":   "id,kind,name,table,join,condition,count,unchecked,note\nM1,count,Patients,P,ID=H.Provider,all,rows,,\nlate,term,born late,P,,Born > RPS,,,\n",
		"diagnostics": "code,what,table,field,list,condition,within,open,children,child_open,at_least,over,unchecked\n" +
			"D01,Providers,H,Provider,,notnull(End),Start,End,P.ID,Born,2,P,\nD02,Patients,P,Stage,Stage,,,,,,,,not defined\n",
	} {
		fsys[name+".csv"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestSmall(t *testing.T) {
	mustRead(t, small())
}

// FuzzRead reads a sheet of the fuzzer's among those of a small dictionary.
// What is read without a fault is written and read again as the same.
func FuzzRead(f *testing.F) {
	base := small()
	for i, name := range Names() {
		f.Add(uint8(i), base[name+".csv"].Data)
	}
	f.Add(uint8(5), []byte("code,status\n\"\xff\",,\n"))
	f.Fuzz(func(t *testing.T, sheet uint8, data []byte) {
		fsys := fstest.MapFS{}
		for n, f := range base {
			fsys[n] = f
		}
		fsys[Names()[int(sheet)%len(Names())]+".csv"] = &fstest.MapFile{Data: data}
		var d *dictionary.Dictionary
		var err error
		frugal.Check(t, len(data), 2000, func() { d, err = Read(fsys) })
		if err != nil {
			if !errors.As(err, new(Faults)) {
				t.Errorf("error %v, want faults", err)
			}
			if strings.Count(err.Error(), "\nsheet") > shownFaults {
				t.Error("the error is not bounded")
			}
			return
		}
		files, err := Write(d)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again := fstest.MapFS{}
		for _, f := range files {
			again[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		if diff := cmp.Diff(d, mustRead(t, again)); diff != "" {
			t.Error(diff)
		}
	})
}
