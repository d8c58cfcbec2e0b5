"""What content really is: kinds, delivery, encodings, told from bytes made for each."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes as code_lists
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import DELIVERY, Content, ContentObservation, Declared, DescribedField

CODES = code_lists.load(Assets())
FORMAT = "http://publications.europa.eu/resource/authority/file-type/"
ENCODING = "https://w3id.org/odlinked/code/character-encoding/"
CSV = "測站,縣市,數值\n基隆,基隆市,19\n汐止,新北市,41\n"


def look(data: bytes, *names: str, complete: bool = True, content_type: str = "", file_name: str = "",
         formats: tuple[str, ...] = ()) -> ContentObservation:
    declared = Declared(formats=formats, fields=tuple(DescribedField(name) for name in names))
    return examine(Content(io.BytesIO(data), len(data), complete, content_type, file_name), declared, codes=CODES)


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return held.getvalue()


def tarred(compressed: str = "") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w{compressed}") as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("a.csv")
        member.size = len(CSV.encode())
        archive.addfile(member, io.BytesIO(CSV.encode()))
    return held.getvalue()


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
KINDS: dict[str, tuple[bytes, str | None]] = {
    "csv": (CSV.encode(), "CSV"),
    "tsv": (CSV.replace(",", "\t").encode(), "TSV"),
    "semicolons": (CSV.replace(",", ";").encode(), "CSV"),
    "json array": (b'[{"a": 1}, {"a": 2}]', "JSON"),
    "json object": (b'{"result": {"records": [{"a": 1}]}}', "JSON"),
    "json lines": (b'{"a": 1}\n{"a": 2}\n', "JSON"),
    "geojson": (b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, "geometry": null}]}',
                "GEOJSON"),
    "json-ld": (b'{"@context": "https://schema.org", "@graph": [{"@id": "a", "name": "b"}]}', "JSON_LD"),
    "xml": (b"<?xml version='1.0'?><data><row><a>1</a></row></data>", "XML"),
    "xml without a declaration": (b"<data><row><a>1</a></row></data>", "XML"),
    "rss": (b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>", "RSS"),
    "atom": (b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>a</title></entry></feed>", "ATOM"),
    "kml": (b"<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark><name>a</name></Placemark></kml>", "KML"),
    "gml": (b"<FeatureCollection xmlns:gml='http://www.opengis.net/gml'><gml:featureMember><a><b>1</b></a></gml:featureMember>"
            b"</FeatureCollection>", "GML"),
    "rdf/xml": (f"<rdf:RDF xmlns:rdf='{RDF}'><rdf:Description rdf:about='http://a'/></rdf:RDF>".encode(), "RDF_XML"),
    "soap": (b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><r><a>1</a></r></s:Body></s:Envelope>",
             "XML"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>", "SVG"),
    "turtle": (b"# a\n@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<http://a> a dcat:Dataset .\n", "RDF_TURTLE"),
    "sparql-style turtle": (b"PREFIX dcat: <http://www.w3.org/ns/dcat#>\n<http://a> a dcat:Dataset .\n", "RDF_TURTLE"),
    "trig": (b"@prefix a: <http://a#> .\na:g { a:b a:c a:d }\n", "RDF_TRIG"),
    "n-triples": (b'<http://a> <http://b> "c, d"@en .\n', "RDF_N_TRIPLES"),
    "n-quads": (b'<http://a> <http://b> "c" <http://g> .\n', "RDF_N_QUADS"),
    "html": (b"<!DOCTYPE html><html><body><p>a</p></body></html>", "HTML"),
    "text": ("這是一份說明，沒有表格。\n第二行\n".encode(), "TXT"),
    "yaml": (b"openapi: 3.0.0\ninfo: {title: a}\n", "YAML"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
    "gif": (b"GIF89a\1\0", "GIF"),
    "tiff": (b"II*\0\x08\0\0\0", "TIFF"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "7Z"),
    "rar": (b"Rar!\x1a\x07\x01\0", "RAR"),
    "xz": (lzma.compress(b"a"), "XZ"),
    "bzip2": (bz2.compress(b"a"), "BZIP2"),
    "gzip": (gzip.compress(CSV.encode()), "GZIP"),
    "tar": (tarred(), "TAR"),
    "tar.gz": (tarred(":gz"), "TAR_GZ"),
    "zip": (zipped(a_dot_csv=CSV.encode()), "ZIP"),
    "kmz": (zipped(doc_dot_kml=b"<kml><Placemark/></kml>"), "KMZ"),
    "docx": (zipped(**{"[Content_Types]_dot_xml": b"<a/>", "word__document_dot_xml": b"<a/>"}), "DOCX"),
    "pptx": (zipped(**{"[Content_Types]_dot_xml": b"<a/>", "ppt__presentation_dot_xml": b"<a/>"}), "PPTX"),
    "odt": (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "ODT"),
    "rtf": (b"{\\rtf1 a}", "RTF"),
    "geopackage": (b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(28), "GPKG"),
    "nothing known": (bytes(range(256)) * 4, None),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind_by_content(name: str) -> None:
    data, kind = KINDS[name]
    # a name and a header that say something else change nothing
    seen = look(data, content_type="application/pdf", file_name="a.pdf")
    assert seen.format == (FORMAT + kind if kind else None)
    assert seen.delivery == DELIVERY + ("page" if name == "html" else "direct")


def test_every_kind_has_a_concept() -> None:
    assert {kind for _, kind in KINDS.values() if kind} <= CODES.formats.keys()


def test_what_archives_hold() -> None:
    assert look(zipped(a_dot_csv=CSV.encode(), b_dot_pdf=b"%PDF-1", c_dot_zip=zipped(a=b"b"))).packed_formats == (
        FORMAT + "CSV", FORMAT + "PDF", FORMAT + "ZIP")
    assert look(tarred()).packed_formats == (FORMAT + "CSV",)
    assert look(gzip.compress(b'[{"a": 1}]')).packed_formats == (FORMAT + "JSON",)
    assert look(CSV.encode()).packed_formats is None


@pytest.mark.parametrize(("codec", "concept", "mark"), [
    ("utf-8", "utf-8", False), ("utf-8-sig", "utf-8", True), ("cp950", "big5", False), ("utf-16", "utf-16", True),
    ("utf-16-le", "utf-16", False), ("utf-16-be", "utf-16", False)])
@pytest.mark.parametrize("text", [CSV, '[{"測站": "基隆", "值": 1}]', "<資料><列><測站>基隆</測站></列></資料>"])
def test_encodings(codec: str, concept: str, mark: bool, text: str) -> None:
    seen = look(text.encode(codec), "測站")
    assert (seen.encoding, seen.byte_order_mark) == (ENCODING + concept, mark)
    assert seen.missing_fields == ()
    assert seen.undecodable_byte is None


def test_encoding_is_decided_by_the_last_byte() -> None:
    plain = b"a,b\n" + b"1,2\n" * 300_000
    assert look(plain).encoding == ENCODING + "us-ascii"
    assert look(plain + "基,2\n".encode()).encoding == ENCODING + "utf-8"
    assert look(plain + "基,2\n".encode("cp950")).encoding == ENCODING + "big5"


def test_big5_with_characters_of_an_agencys_own() -> None:
    text = ("姓名,地址\n" + "王小明,臺北市中正區忠孝東路一段\n" * 20).encode("cp950")
    seen = look(text + b"\xfa\x40\x81\x5c\xc6\xa1,x\n", "姓名", "地址")
    assert (seen.encoding, seen.undecodable_byte, seen.missing_fields) == (ENCODING + "big5", None, ())
    assert (seen.record_count, seen.ragged_rows, seen.replacement_characters) == (21, 0, 0)
    # a text of nothing but such characters is no Big5
    assert look(b"a,b\n" + b"\x81\x41\x82\x42,\xfa\x43\n" * 9).encoding is None


def test_a_text_in_no_encoding_tells_the_byte_and_is_read_all_the_same() -> None:
    good = CSV.encode()
    seen = look(good + b"\xff\xfe,x,1\n", "測站", "縣市", "數值")
    assert seen.encoding is None
    assert seen.undecodable_byte == len(good) + 1
    assert (seen.format, seen.missing_fields, seen.record_count) == (FORMAT + "CSV", (), 3)


def test_lost_characters_are_counted() -> None:
    assert look("名,值\n王\ufffd明,1\n\ufffd,2\n".encode()).replacement_characters == 2


PAGES = {
    "page": "<html><head><title>資料下載</title></head><body><a href='a.csv'>下載</a></body></html>",
    "login": "<!doctype html><html><body><form><input name=u><input type='password' name=p></form></body></html>",
    "error-page": "<html><head><title>404 Not Found</title></head><body>x</body></html>",
}


@pytest.mark.parametrize("how", PAGES)
def test_pages(how: str) -> None:
    seen = look(PAGES[how].encode(), content_type="text/html; charset=utf-8")
    assert (seen.delivery, seen.format, seen.fields) == (DELIVERY + how, FORMAT + "HTML", None)


@pytest.mark.parametrize(("page", "how"), [
    ("<html><head><title>會員登入</title></head><body></body></html>", "login"),
    ("<html><head><title>系統維護中</title></head><body></body></html>", "error-page"),
    ("<html><body>很抱歉，您要找的網頁不存在</body></html>", "error-page"),
    ("<!doctype html><html><head><title>平臺</title><script src=a.js></script></head></html>", "page"),
    ("<!-- a --> <!-- b --> <html><body>a</body></html>", "page")])
def test_pages_told_by_what_they_show(page: str, how: str) -> None:
    assert look(page.encode()).delivery == DELIVERY + how


def test_a_page_is_the_data_where_html_is_declared_or_handed_out_as_a_file() -> None:
    page = PAGES["page"].encode()
    assert look(page, formats=(FORMAT + "HTML",)).delivery == DELIVERY + "direct"
    assert look(b"<table><tr><td>a</td></tr></table>", content_type="application/vnd.ms-excel").delivery == DELIVERY + "direct"
    assert look(PAGES["login"].encode(), formats=(FORMAT + "HTML",)).delivery == DELIVERY + "login"


@pytest.mark.parametrize("message", [
    '{"success":false,"error":{"error_type":"ER0001:API Key錯誤","message":"API Key錯誤"}}', '{"success":"false"}',
    '{"error":"not found"}', '{"message":"no Route matched"}', '{"Message":"An error has occurred."}',
    '{"success":false,"result":{"records":[]}}', '{"errors":[{"message":"x"}]}',
    "<Error><Message>x</Message></Error>", "API Key 錯誤",
    "<s:Envelope xmlns:s='a'><s:Body><s:Fault><faultstring>x</faultstring></s:Fault></s:Body></s:Envelope>",
    "<ServiceExceptionReport><ServiceException code='x'>y</ServiceException></ServiceExceptionReport>"])
def test_messages_instead_of_data(message: str) -> None:
    seen = look(message.encode(), "測站")
    assert (seen.delivery, seen.fields, seen.missing_fields) == (DELIVERY + "error-message", None, None)


@pytest.mark.parametrize("data", [
    '{"success":true,"result":{"records":[{"a":1}]}}', '{"error":null,"data":[{"a":1}]}',
                                  '{"code":0,"message":"ok","data":[{"a":1}]}',
    '{"error_code":"0000","data":{"a":1}}'])
def test_envelopes_of_data_are_no_messages(data: str) -> None:
    assert look(data.encode()).delivery == DELIVERY + "direct"


@pytest.mark.parametrize("data", ["[]", '{"status":"OK","total":0,"records":[]}', '{"type":"FeatureCollection","features":[]}',
                                  '[["測站","數值"]]', "<data/>", '<data count="0"></data>',
                                  "<rss version='2.0'><channel><title>x</title></channel></rss>", "測站,數值\n",
                                  "測站,數值\n,\n\n"])
def test_what_holds_not_one_record_is_told_as_that(data: str) -> None:
    seen = look(data.encode(), "測站", "數值")
    assert (seen.delivery, seen.record_count) == (DELIVERY + "no-records", 0)


@pytest.mark.parametrize("data", [b"", b"   \n", b"\xef\xbb\xbf", b"\0\0\0"])
def test_empty(data: bytes) -> None:
    assert look(data).delivery == DELIVERY + "empty"


def test_a_part_concludes_nothing_about_the_end() -> None:
    csv = CSV.encode()
    seen = look(csv[:-3], "測站", "縣市", "數值", complete=False)
    assert (seen.format, seen.missing_fields, seen.malformed) == (FORMAT + "CSV", (), None)
    assert (seen.record_count, seen.encoding, seen.ragged_rows, seen.replacement_characters) == (None, None, None, None)
    part = json.dumps([{"a": 1}] * 9).encode()[:-5]
    seen = look(part, "a", "b", complete=False)
    assert (seen.format, seen.fields, seen.missing_fields) == (FORMAT + "JSON", None, None)
    assert (seen.record_count, seen.malformed) == (None, None)
    assert look(part, "a", complete=False).missing_fields == ()
    seen = look(b"<d>" + b"<r><a>1</a></r>" * 5 + b"<r><a", "b", complete=False)
    assert (seen.format, seen.fields, seen.malformed) == (FORMAT + "XML", None, None)
    # an unfinished zip file may be a workbook, a KMZ or an archive
    assert look(KINDS["zip"][0][:60], complete=False).format is None
    assert look(KINDS["odt"][0][:-30], complete=False).format is None
    assert look("名,值\n基,1\n".encode("cp950")[:-2], complete=False).encoding == ENCODING + "big5"


def test_bombs_are_refused_quickly() -> None:
    entities = b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
        f"<!ENTITY a{i} '{f'&a{i - 1};' * 10 if i else '&a;' * 10}'>".encode() for i in range(10)) + b"]><a>&a9;</a>"
    seen = look(entities)
    assert (seen.format, seen.fields) == (FORMAT + "XML", None)
    assert "document type" in (seen.malformed or "")
    relations = b"<Relationships xmlns='r'><Relationship Id='a' Target='sheet1.xml'/></Relationships>"
    bomb = zipped(**{
        "[Content_Types]_dot_xml": b"<a/>", "xl__workbook_dot_xml": b"<w xmlns='m' xmlns:r='r'><sheet r:id='a'/></w>",
        "xl___rels__workbook_dot_xml_dot_rels": relations,
        "xl__sheet1_dot_xml": b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 2_000_000 + b"</sheetData>"})
    started = time.process_time()
    seen = look(bomb)
    assert (seen.format, seen.record_count) == (FORMAT + "XLSX", None)
    assert "unpacks" in (seen.malformed or "")
    assert time.process_time() - started < 20


HOSTILE = [
    b"[" * 200_000, b'{"a":' * 200_000, b"<a>" * 200_000, b"<a " * 100_000, b"<!--" * 16_000, b"<h1>" * 16_000,
    b"<html>" + b"<head" * 13_000, b"<input " * 9_000, b"\n" * 60_000 + b"@prefix a: <b> .", b"(" * 100_000,
    b"1" * 1_000_000 + b"x,2\n3,4\n", b'a,"' + b"x" * 2_000_000, b"@prefix a: <b> .\n" + b"\n" * 60_000,
    b"<!---->" * 60 + b"x", b"PK\x03\x04" + b"\xff" * 1000, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096,
    b"\x1f\x8b" + b"\0" * 100, b"a" * 257 + b"ustar" + b"\0" * 600]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_end_soon(data: bytes) -> None:
    started = time.process_time()
    look(data, "a")
    assert time.process_time() - started < 10


_PIECES = [b"a,b\n", b"[", b"{", b'"a":', b"<a>", b"</a>", b"<?xml?>", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\xff\xfe",
           b"\xef\xbb\xbf", "基隆".encode(), "基隆".encode("cp950"), b'"', b"\0", b"<html>", b"@prefix a: <b> .", b"]}",
           b"\x1f\x8b\x08", b"ustar",
           b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\r\n", b"1,2,3\n"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=40)), max_size=40).map(b"".join), st.booleans())
def test_wild_bytes_never_raise(data: bytes, complete: bool) -> None:
    seen = look(data, "a", "基隆", complete=complete)
    assert seen.delivery is None or seen.delivery.startswith(DELIVERY)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_damaged_files_never_raise(name: str, data: st.DataObject) -> None:
    whole = bytearray(KINDS[name][0])
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    look(bytes(whole[:cut]), "a", complete=data.draw(st.booleans()))


def test_memory_stays_flat() -> None:
    big = b"name,value,text\n" + b"".join(b"%d,%d,some text that fills the row\n" % (i, i) for i in range(150_000))
    content = Content(io.BytesIO(big), len(big))
    tracemalloc.start()
    seen = examine(content, Declared(), codes=CODES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.record_count == 150_000
    assert peak < 12 << 20
