//! Workbooks that were made to end the process that opens them.

use super::{Home, number};
use std::fmt::Write;

#[path = "../../../src/ingest/zip_fixture.rs"]
mod zip_fixture;

use zip_fixture::zip;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook of one sheet with these rows, and these shared strings.
fn xlsx(rows: &str, strings: &str) -> Vec<u8> {
    xlsx_with(rows, strings, "", &[])
}

/// The same with further sheets in its list, and further parts.
fn xlsx_with(rows: &str, strings: &str, sheets: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let root = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/>\
         {sheets}</sheets></workbook>"
    );
    let relations = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{RELATIONS}/sharedStrings\" \
         Target=\"sharedStrings.xml\"/><Relationship Id=\"rId3\" Type=\"{RELATIONS}/worksheet\" \
         Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"rId4\" Type=\"{RELATIONS}/chartsheet\" \
         Target=\"chartsheets/sheet1.xml\"/></Relationships>"
    );
    let none = format!("<sst xmlns=\"{MAIN}\"></sst>");
    let strings = if strings.is_empty() { none.as_str() } else { strings };
    let own = [
        ("_rels/.rels", root.as_str()),
        ("xl/workbook.xml", book.as_str()),
        ("xl/_rels/workbook.xml.rels", relations.as_str()),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ];
    zip(&[&own, parts].concat(), None)
}

/// An ODS spreadsheet with this table.
fn ods(table: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"Data\">{table}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    zip(&[("mimetype", kind), ("META-INF/manifest.xml", manifest), ("content.xml", &content)], None)
}

fn text(place: &str, words: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{words}</t></is></c>")
}

/// Name, bytes, and the code that each ends with.
fn bombs() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let far = format!(
        "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
        text("A1", "Review"),
        text("XFD1048576", "far away from all others")
    );
    let one = format!("<row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c></row>", text("A1", "Review"));
    let declared = format!("<sst xmlns=\"{MAIN}\" count=\"1\" uniqueCount=\"4294967295\"><si><t>Good</t></si></sst>");
    let mut rows = format!("<row r=\"1\">{}</row>", text("A1", "Review"));
    for row in 2..20_002 {
        write!(rows, "<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>").unwrap();
    }
    let long = "so very long a text ".repeat(2_500);
    let strings = format!("<sst xmlns=\"{MAIN}\" count=\"1\" uniqueCount=\"1\"><si><t>{long}</t></si></sst>");
    let cell = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"16384\">\
                <text:p>all the same</text:p></table:table-cell>";
    let repeated = format!("<table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row>");
    vec![
        ("far.xlsx", xlsx(&far, ""), "workbook_too_large"),
        ("declared.xlsx", xlsx(&one, &declared), "workbook_too_large"),
        ("referred.xlsx", xlsx(&rows, &strings), "workbook_too_large"),
        ("repeated.ods", ods(&repeated), "workbook_too_large"),
    ]
}

#[test]
fn a_workbook_cannot_end_the_server() {
    let home = Home::new();
    let server = home.serve("serve --listen 127.0.0.1:0");
    for (name, bytes, code) in bombs() {
        home.file(name, &bytes);
        let refused = home.run(&format!("import {name} --json"));
        let error = refused.json_error();
        assert_eq!(error["code"], code, "{name} of {} bytes: {error}", bytes.len());
        assert!(error["message"].as_str().unwrap().contains(name), "{error}");
        assert_eq!(server.get("/api/v1/health/live").unwrap().0, 200, "{name}");
    }
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 600_000, "the server held {peak} kB");
    }
    // A workbook that is one is read by the same server, and nothing of the others is left.
    let rows = format!(
        "<row r=\"1\">{}{}</row><row r=\"2\">{}<c r=\"B2\"><v>5</v></c></row>",
        text("A1", "Review"),
        text("B1", "Stars"),
        text("A2", "It works very well for all of us"),
    );
    home.file("fine.xlsx", xlsx(&rows, ""));
    let answer = home.run("import fine.xlsx --json").ends_with(0).json();
    assert_eq!(number(&answer["import"], "inserted"), 1);
    let spool = std::fs::read_dir(home.data().join("spool")).map_or(0, Iterator::count);
    assert_eq!(spool, 0);
}

#[test]
fn damaged_workbooks_are_named() {
    let home = Home::new();
    let whole = xlsx(&format!("<row r=\"1\">{}</row>", text("A1", "Review")), "");
    let check = |name: &str, bytes: &[u8]| {
        home.file(name, bytes);
        let outcome = home.run(&format!("import {name}")).ends_with(2);
        assert!(outcome.err.contains(name), "{}", outcome.err);
    };
    check("half.xlsx", &whole[..whole.len() / 2]);
    check("rows.xlsx", &xlsx("<row", ""));
    check("nested.xlsx", &xlsx(&"<row>".repeat(200_000), ""));
    // A sheet that is listed and cannot be opened is not left out without a word.
    let rows = format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", text("A1", "Review"), text("A2", "It works"));
    let second = "<sheet name=\"More\" sheetId=\"2\" r:id=\"rId3\"/>";
    check("gone.xlsx", &xlsx_with(&rows, "", second, &[]));
}

#[test]
fn what_is_no_table_does_not_keep_a_workbook_out() {
    let home = Home::new();
    let rows = format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", text("A1", "Review"), text("A2", "It works"));
    let chart = format!("<chartsheet xmlns=\"{MAIN}\"/>");
    let listed = "<sheet name=\"Chart\" sheetId=\"2\" r:id=\"rId4\"/>";
    home.file("chart.xlsx", xlsx_with(&rows, "", listed, &[("xl/chartsheets/sheet1.xml", chart.as_str())]));
    // A picture of 300 MB, as the directory of the archive says: nobody unpacks it.
    let name = "xl/media/image1.emf";
    let mut pictures = xlsx_with(&rows, "", "", &[(name, "a picture")]);
    let entry = pictures.windows(name.len()).rposition(|bytes| bytes == name.as_bytes()).unwrap() - 46;
    pictures[entry + 24..entry + 28].copy_from_slice(&(300u32 << 20).to_le_bytes());
    home.file("pictures.xlsx", &pictures);
    for name in ["chart.xlsx", "pictures.xlsx"] {
        let outcome = home.run(&format!("import {name} --dry-run")).ends_with(0);
        assert!(outcome.out.contains("It works"), "{}", outcome.out);
    }
}
