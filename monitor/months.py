"""Names of months in the languages of the sources, by number. Chinese, Japanese and Korean need none.

Full names and the short forms in use (Unicode CLDR 46, `months`, wide and abbreviated), without
the full stop that may follow a short one.
"""

from __future__ import annotations

_WRITTEN = """
january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct|november nov|december dec
janvier janv|février fevrier févr fevr|mars|avril avr|mai|juin|juillet juil|août aout|septembre|octobre|novembre|décembre decembre déc
enero ene|febrero|marzo|abril abr|mayo|junio|julio|agosto ago|septiembre setiembre set|octubre|noviembre|diciembre dic
janeiro|fevereiro fev|março marco|abril|maio|junho|julho|agosto|setembro|outubro out|novembro|dezembro dez
januar jänner jän|februar|märz mrz|april|mai|juni|juli|august|september|oktober okt|november|dezember
januari|februari|mac maret|april|mei|jun juni|jul julai juli|ogos agustus agu agt|september|oktober|november nopember|disember desember dis des
มกราคม ม.ค|กุมภาพันธ์ ก.พ|มีนาคม มี.ค|เมษายน เม.ย|พฤษภาคม พ.ค|มิถุนายน มิ.ย|กรกฎาคม ก.ค|สิงหาคม ส.ค|กันยายน ก.ย|ตุลาคม ต.ค|พฤศจิกายน พ.ย|ธันวาคม ธ.ค
"""  # noqa: E501 - a line per language

MONTHS = {
    name: number
    for line in _WRITTEN.strip().splitlines()
    for number, names in enumerate(line.split("|"), start=1)
    for name in names.split()
}
