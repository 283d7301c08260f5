from monitor import figures
from monitor.conditions import Evidence
from monitor.fact import Fact, Facts, Kind, Sum
from monitor.match import Matcher

K = {
    "company": Kind.COMPANY,
    "plant": Kind.PROJECT,
    "agency": Kind.AGENCY,
    "ministry": Kind.AGENCY,
    "programme": Kind.AGENCY,
    "place": Kind.PLACE,
    "body": Kind.AGENCY,
}


class Reader:
    def __init__(self, rulebook):
        self.m = rulebook.vocabulary.meanings()
        self.e = rulebook.entities
        self.mt = Matcher((), self.m.values())

    def read(self, content, origin):
        ev = Evidence(self.mt.find(content), origin)
        out = []
        mean = set()
        for n, c in self.m.items():
            h = ev.hits(c)
            if h is None:
                continue
            if n in self.e:
                e = self.e[n]
                x = h[0]
                out.append(Fact(K[e.kind], e.name, e.name, x.field, x.start, x.end, x.words))
                if e.country:
                    out.append(Fact(Kind.COUNTRY, e.country, e.country, x.field, x.start, x.end, x.words))
            else:
                mean.add(n)
        for f in ("title", "summary"):
            t = getattr(content, f)
            for a in figures.amounts(t):
                if a.value >= 100000:
                    out.append(
                        Fact(
                            Kind.AMOUNT,
                            f"{a.currency} {a.value}",
                            t[a.start : a.end],
                            f,
                            a.start,
                            a.end,
                            t[a.start : a.end],
                            0.6,
                            sum=Sum(a.value, a.currency, usd=a.value if a.currency == "USD" else None),
                        )
                    )
            for a in figures.announcements(t):
                out.append(
                    Fact(Kind.DOCUMENT, f"{a.number}", f"{a.number}", f, a.start, a.end, t[a.start : a.end])
                )
        seen = set()
        o = []
        for x in out:
            if (x.kind, x.value) not in seen:
                seen.add((x.kind, x.value))
                o.append(x)
        return Facts(tuple(o), frozenset(mean))
