"""The kinds of source. A kind is one module here, and one line in KINDS; the other modules here read
what several kinds, or one large one, are made of.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.kind import Kind, page_for_people
from monitor.sources import (
    congress,
    edgar,
    feed,
    gdelt,
    json_list,
    listing,
    mailbox,
    regulations,
    series,
    sitemap,
)
from monitor.sources import federal_register as fr
from monitor.sources import usaspending as awards
from monitor.sources.seriesfile import SeriesFile

KINDS: Mapping[str, Kind] = {
    "feed": Kind(feed.FeedFile, feed.read, page=feed.page),
    "listing": Kind(listing.ListingFile, listing.read, page_for_people, listing.past),
    "sitemap": Kind(sitemap.SitemapFile, sitemap.read, page=sitemap.past, gaps=True),
    "json": Kind(json_list.JsonFile, json_list.read, json_list.ask, json_list.page),
    "federal-register": Kind(fr.FederalRegisterFile, fr.read, fr.ask, fr.page, gaps=True),
    "edgar": Kind(edgar.EdgarFile, edgar.read, edgar.ask, edgar.page),
    "series": Kind(SeriesFile, series.read, series.ask, follow=series.follow),
    "gdelt": Kind(gdelt.GdeltFile, gdelt.read, gdelt.ask, gdelt.page, gaps=True),
    "usaspending": Kind(awards.UsaspendingFile, awards.read, awards.ask, awards.page),
    "regulations": Kind(regulations.RegulationsFile, regulations.read, regulations.ask, regulations.page),
    "congress": Kind(congress.CongressFile, congress.read, congress.ask, congress.page),
    "mailbox": Kind(mailbox.MailboxFile, mailbox.read, mailbox.ask),
}
