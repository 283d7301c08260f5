"""Countries, and the places that imply one, by the words that name them.

Codes are ISO 3166-1 alpha-2, and EU. A word with = counts in this case only; an underscore stands
for a space. Provinces, states and mining towns stand where an analyst would know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.rule import Phrase, Words

# The state itself: its name, its people, its capital as one who acts.
_NAMES = {
    "US": "United_States =US =U.S. =USA =U.S.A. American Americans Washington Trump Biden White_House "
    "美国 美方 美 "
    "美國 米国 アメリカ 미국 美국 Vereinigte_Staaten =USA Amerika Amerikas amerikanische "
    "US-amerikanische États-Unis "
    "américain américaine Estados_Unidos =EE.UU. =EEUU estadounidense =EUA americano Stati_Uniti hoa_kỳ "
    "=Mỹ "
    "Amerika_Syarikat =AS Amerika_Serikat สหรัฐ",
    "CN": "中 China Chinese China's Beijing 中国 我国 北京 中方 중국 Peking chinesische chinesischen "
    "Chine Pékin chinois "
    "chinoise Pekín chino Pequim chinês Cina cinese trung_quốc Tiongkok จีน",
    "AU": "濠 Australia Australian Australia's Canberra 澳大利亚 澳洲 豪州 オーストラリア 호주 "
    "Australien australische "
    "Australie australien Austrália úc",
    "JP": "日 Japan Japanese Tokyo 日本 日方 일본 japanische Japon japonais Japón Japão Giappone "
    "nhật_bản =Nhật Jepun "
    "Jepang ญี่ปุ่น",
    "KR": "韩 South_Korea South_Korean Korea Korean Seoul 韩国 韓国 한국 Südkorea Corée_du_Sud "
    "Corea_del_Sur hàn_quốc",
    "CA": "Canada Canadian Ottawa 加拿大 カナダ 캐나다 Kanada kanadische canadien canadienne Canadá "
    "canadiense",
    "MY": "Malaysia Malaysian Malaysia's Putrajaya Kuala_Lumpur "
    "马来西亚 大马 マレーシア 말레이시아 Malaisie Malasia",
    "KH": "Cambodia Cambodian Phnom_Penh 柬埔寨 カンボジア 캄보디아 Kambodscha Cambodge Camboya "
    "campuchia Kemboja "
    "Kamboja កម្ពុជា",
    "TH": "Thailand Thai Bangkok 泰国 タイ政府 タイ国 태국 Thaïlande Tailandia thái_lan ไทย",
    "VN": "베트남 Vietnam Vietnamese Viet_Nam Hanoi 越南 ベトナム 베트남 việt_nam",
    "ID": "Indonesia Indonesian Jakarta 印尼 印度尼西亚 インドネシア 인도네시아 Indonesien Indonésie",
    "PH": "Philippines Philippine Manila 菲律宾 フィリピン 필리핀 Filipinas Filipina",
    "IN": "印 India Indian India's Union_Cabinet Modi Vaishnaw New_Delhi 印度 インド 인도 Indien "
    "indische Inde ấn_độ",
    "PK": "Pakistan Pakistani Islamabad 巴基斯坦 パキスタン 파키스탄",
    "KZ": "Kazakhstan Kazakh Astana 哈萨克斯坦 カザフスタン 카자흐스탄 Kasachstan",
    "UZ": "Uzbekistan Uzbek 乌兹别克斯坦 ウズベキスタン 우즈베키스탄",
    "MN": "Mongolia Mongolian 蒙古国 モンゴル 몽골",
    "MM": "Myanmar Burma 缅甸 ミャンマー 미얀마",
    "LA": "Laos 老挝 ラオス 라오스",
    "SA": "Saudi_Arabia Saudi Riyadh 沙特 サウジ 사우디",
    "AE": "United_Arab_Emirates =UAE Abu_Dhabi 阿联酋",
    "TR": "Turkey Turkish Türkiye 土耳其 トルコ 튀르키예 튀르키에",
    "UA": "Ukraine Ukrainian Kyiv 乌克兰 ウクライナ 우크라이나",
    "RU": "Russia Russian Moscow 俄罗斯 ロシア 러시아 Russland",
    "GB": "英 United_Kingdom =UK =U.K. Britain British England Scotland Wales 英国 英國 영국 "
    "Großbritannien Royaume-Uni "
    "Reino_Unido",
    "FR": "France French 法国 フランス 프랑스 Frankreich français française Francia Pháp Choose_France",
    "DE": "Germany German Germany's Berlin 德国 ドイツ 독일 Deutschland deutsche deutschen Allemagne "
    "Alemania",
    "EE": "Estonia Estonian 爱沙尼亚 エストニア 에스토니아 Estland",
    "NO": "Norway Norwegian 挪威 ノルウェー 노르웨이 Norwegen",
    "SE": "Sweden Swedish 瑞典 スウェーデン 스웨덴 Schweden",
    "FI": "Finland Finnish 芬兰 フィンランド 핀란드",
    "PL": "Poland Polish 波兰 ポーランド 폴란드 Polen Pologne",
    "CZ": "Czech_Republic Czechia Czech 捷克",
    "ES": "Spain Spanish 西班牙 スペイン Spanien Espagne España",
    "IT": "Italy Italian 意大利 イタリア Italien Italie Italia italiano",
    "PT": "Portugal Portuguese 葡萄牙",
    "NL": "Netherlands Dutch 荷兰 オランダ 네덜란드",
    "BE": "Belgium Belgian 比利时 ベルギー",
    "SI": "Slovenia Slovenian 斯洛文尼亚",
    "RS": "Serbia Serbian 塞尔维亚",
    "GL": "Greenland Greenlandic 格陵兰 グリーンランド 그린란드 Grönland Groenland",
    "EU": "European_Union =EU Brussels European_Commission 欧盟 歐盟 欧州連合 유럽연합 Europäische_Union "
    "Union_européenne Unión_Europea União_Europeia châu_âu",
    "BR": "Brazil Brazilian Brasília 巴西 ブラジル 브라질 Brasilien Brésil Brasil brasileiro brasileira",
    "AR": "Argentina Argentine 阿根廷 アルゼンチン",
    "CL": "Chile Chilean 智利 チリ 칠레",
    "PE": "Peru Peruvian 秘鲁",
    "BO": "Bolivia 玻利维亚",
    "MX": "Mexico Mexican 墨西哥 メキシコ",
    "ZA": "South_Africa South_African 南非 南アフリカ 남아프리카 Südafrika Afrique_du_Sud Sudáfrica",
    "CD": "Democratic_Republic_of_Congo Democratic_Republic_of_the_Congo =DRC Congo Congolese Kinshasa 刚果",
    "AO": "Angola Angolan 安哥拉 アンゴラ 앙골라",
    "TZ": "Tanzania Tanzanian 坦桑尼亚 タンザニア 탄자니아",
    "MW": "Malawi 马拉维 マラウイ 말라위",
    "MZ": "Mozambique 莫桑比克 モザンビーク",
    "MG": "Madagascar 马达加斯加 マダガスカル",
    "NA": "Namibia Namibian 纳米比亚 ナミビア 나미비아",
    "ZM": "Zambia Zambian 赞比亚 ザンビア",
    "UG": "Uganda 乌干达",
    "KE": "Kenya Kenyan 肯尼亚",
    "RW": "Rwanda Rwandan 卢旺达",
    "BI": "Burundi 布隆迪",
    "GA": "Gabon 加蓬",
    "NG": "Nigeria Nigerian 尼日利亚",
    "GH": "Ghana 加纳",
    "EG": "Egypt Egyptian 埃及 エジプト",
    "MA": "Morocco Moroccan 摩洛哥",
    "IE": "Ireland Irish 爱尔兰",
    "TW": "Taiwan Taiwanese 台湾 台灣 대만",
    "SG": "Singapore 新加坡",
    "NZ": "New_Zealand 新西兰",
}
# States, provinces, mining towns and plant sites.
_PLACES = {
    "US": "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Idaho Illinois "
    "Indiana Iowa Kansas Kentucky Louisiana Maryland Massachusetts Michigan Minnesota Missouri Montana "
    "Nebraska "
    "Nevada New_Hampshire New_Jersey New_Mexico New_York North_Carolina North_Dakota Ohio Oklahoma Oregon "
    "Pennsylvania Rhode_Island South_Carolina South_Dakota Tennessee Texas Utah Vermont Virginia "
    "West_Virginia "
    "Wisconsin Wyoming Fort_Worth Mountain_Pass San_Marcos Sumter_County Seadrift Columbus,_Georgia "
    "Tonopah "
    "Fernley Stillwater,_Oklahoma 得克萨斯 德州 内华达 加州 爱达荷 テキサス カリフォルニア ネバダ 텍사스 "
    "네바다 캘리포니아 "
    "",
    "AU": "Western_Australia New_South_Wales Northern_Territory Queensland South_Australia Tasmania "
    "Perth Sydney "
    "Kalgoorlie Eneabba Dubbo Mount_Weld Nolans Browns_Range Goschen 西澳 西オーストラリア =NSW",
    "CA": "Ontario Quebec Québec Saskatchewan Saskatoon British_Columbia Alberta Manitoba Newfoundland "
    "Labrador "
    "Nova_Scotia New_Brunswick Northwest_Territories Yukon Nunavut",
    "CN": "Inner_Mongolia Baotou Jiangxi Ganzhou Sichuan Mianning Shandong Guangdong Guangxi Fujian "
    "Hunan Yunnan "
    "Ningbo Zhejiang Hong_Kong 内蒙古 包头 江西 赣州 赣县 四川 冕宁 山东 广东 广西 福建 湖南 云南 宁波 "
    "浙江 長江 长汀 龙岩",
    "MY": "Kuantan Gebeng Pahang Kelantan Terengganu Kedah Perak Sarawak Johor 关丹 쿠안탄 クアンタン",
    "FR": "La_Rochelle Lacq Occitanie Grenoble Lyon Nouvelle-Aquitaine",
    "EE": "Narva Sillamäe Ida-Viru",
    "DE": "Hanau Bitterfeld Baden-Württemberg Pforzheim Sachsen Saxony",
    "GB": "Saltend Tees_Valley Teesside Humber Belfast Birmingham Cornwall Cheshire Tyseley",
    "BR": "Goiás Minas_Gerais Bahia Poços_de_Caldas Minaçu Caldeira Uberaba",
    "PK": "Balochistan Reko_Diq",
    "ZA": "Phalaborwa Steenkampskraal Limpopo Northern_Cape",
    "KR": "Yesan Gunsan Busan Gyeongsang Onsan Daegu Ulsan 예산 군산 대구",
    "JP": "Osaka Fukui Minamitorishima 南鳥島",
    "IN": "Visakhapatnam Odisha Kerala Tamil_Nadu Andhra_Pradesh Rajasthan Gujarat Hyderabad ",
    "TZ": "Ngualla Kabanga",
    "MW": "Songwe_Hill Kasiya Kangankunde",
    "AO": "Longonjo Lobito",
    "GL": "Kvanefjeld Tanbreez",
    "SE": "Kiruna Luleå",
    "NO": "Herøya Fensfeltet Telemark",
    "MM": "Kachin Wa_State",
    "CD": "Kolwezi Katanga Manono",
    "TW": "Kaohsiung Hsinchu Taipei 高雄 新竹 台北",
    "TH": "Korat Rayong Chonburi Nakhon_Ratchasima",
}


def name(code: str) -> str:
    """A country in English; the code itself where it is none of ours."""
    words = (word.replace("_", " ") for word in _NAMES.get(code, "").split())
    return next((word for word in words if word.isascii() and not word.startswith("=")), code)


def named() -> Iterator[tuple[str, str, Words]]:
    """Each country with the sort of its words, `name` or `place`, and where to look for them."""
    for sort, table in (("name", _NAMES), ("place", _PLACES)):
        for code, written in table.items():
            yield code, sort, _words(written)


def conditions() -> Mapping[tuple[str, str], Words]:
    """What to look for, by country and the sort of its words."""
    return {(code, sort): words for code, sort, words in named()}


def _words(written: str) -> Words:
    phrases = (word.replace("_", " ") for word in written.split())
    return Words(
        frozenset(Phrase(phrase.removeprefix("="), exact=phrase.startswith("=")) for phrase in phrases),
        frozenset(("title", "summary", "body")),
    )
