"""The words that tell languages apart, in lower case.

`MALAY_ONLY` and `INDONESIAN_ONLY` are words of news that the other language lacks or spells
differently (`kerana`, `karena`). Each word of the first occurs at most five times in 1.1 million
words of Indonesian news. Words that both have in another sense (`kereta`, `polisi`, `desa`) are in
neither.
"""

from __future__ import annotations

from service.text.lexicon.function_words import CORE

# The commonest words of each language. Every Indonesian sentence has some, and Malay has most of
# the Indonesian ones too.
INDONESIAN = CORE["id"] | frozenset(
    "kata katanya ujar ujarnya tersebut saat kepada para serta dia ia anda ada bisa dapat lebih"
    " hingga setelah menjadi namun seperti tak bukan terhadap antara agar secara bagi sebuah"
    " seorang jika tapi nggak".split()
)
ENGLISH = CORE["en"] | frozenset(
    "will or we you their her who its been had would could after i my our your him them there"
    " these those when what how than more about into over under up out if so do did does just can"
    " may should must while where because before between during through since until against also"
    " only some no one two new all it's".split()
)
JAVANESE = frozenset(
    "ing sing lan ora wis yen karo ana kang saka iku kuwi iki nganti amarga uga dadi kanggo marang"
    " wong padha durung isih banjur kowe dheweke kudu mung nanging utawa sawise dening"
    " saben wae menyang sampun boten ingkang punika dhateng lajeng sami kaliyan ugi saking".split()
)
SUNDANESE = frozenset(
    "nu jeung teu geus ka ti ku anu éta aya dina keur kana lamun sareng ogé sanggeus sangkan"
    " lantaran ieu urang manéhna maranéhna kénéh deui pisan mah téh euweuh moal henteu kudu"
    " naon saha bari nepi tina ayeuna anjeun abdi parantos can acan loba saurna ceuk eta teh"
    " oge keneh manehna maranehna".split()
)
# Common in Indonesian, and neither English words nor names.
INDONESIAN_TOO = frozenset(
    "di ke akun hari lalu tulis menulis foto ilustrasi situs diakses tanggal kunjungi asal contoh"
    " contohnya karya karyanya atas dua tiga empat lima enam tujuh sembilan sepuluh ratus ribu juta"
    " tahun bulan pekan minggu jam pukul menit detik pagi siang malam orang warga negara dunia"
    " pertama kedua ketiga terakhir baru besar kecil tinggi banyak beberapa semua setiap sekitar"
    " hanya masih lagi sedang belum pernah harus ingin mungkin sangat cukup selama sejak sebelum"
    " ketika sementara sebelumnya kemudian kini sekarang salah satu satunya lain lainnya sama"
    " antara melalui tentang menurut berdasarkan merupakan memiliki melakukan dilakukan mengatakan"
    " menyatakan menjelaskan membuat memberikan mencapai meraih bersama kembali pribadi pribadinya"
    " mulai rumah jalan kota desa daerah wilayah pemerintah menteri presiden anggota masyarakat"
    " jelas tegas ucap tutur sebut lanjut beber papar terang imbuh aku kamu sih deh ya".split()
)

MALAY_ONLY = frozenset(
    # everyday and formal words
    "kerana bahawa iaitu sahaja mahupun manakala selepasnya sekiranya sebarang justeru sentiasa"
    " pelbagai menerusi mengikut berikutan berhubung setakat sepatutnya sekurang-kurangnya"
    " kedua-dua ketiga-tiga baharu mahu lapan seramai hujung kelmarin isnin khamis jumaat mac ogos"
    " disember julai bilion trilion peratus kanak-kanak isteri tengok encik"
    " berhampiran kos petrol ketibaan dijangka dinasihatkan menasihati disyaki"
    " dipercayai menghantar difahamkan dimaklumkan memaklumkan mendedahkan didedahkan"
    " menyifatkan menafikan mencadangkan membabitkan terbabit tular tahniah rasmi"
    " merasmikan dirasmikan pelancaran bekalan barangan kualiti aktiviti komuniti fasiliti"
    " kapasiti universiti kelulusan"
    # state, law, police
    " polis suspek siasatan disiasat menyiasat rompakan pertuduhan hujahan peguam dadah jenayah"
    " rasuah saman kompaun majistret pendakwaan reman pengerusi jawatankuasa setiausaha timbalan"
    " naib pengarah kakitangan kastam imigresen parlimen mesyuarat pilihanraya pengundi majlis"
    " belanjawan rundingan syor mukim tentera askar bomba amaran pejabatnya"
    # money, work, roads
    " syarikat perniagaan pelabur pelaburan akaun kewangan peniaga pekebun majikan"
    " cawangan pelancongan kenderaan lebuh lebuhraya jejantas laluan"
    " motosikal lori teksi tayar enjin stesen ekar talian bimbit sesawang televisyen"
    # health, school, sport
    " kesihatan pesakit jururawat rawatan pembedahan denggi haiwan biasiswa peperiksaan pensyarah"
    " pengetua kejohanan jurulatih pusingan beregu pingat sukan kelab penganjur penyokong"
    " antarabangsa tempatan perkhidmatan pemberita bahagian jepun pelakon kempen".split()
)

INDONESIAN_ONLY = frozenset(
    "karena bahwa bisa maupun yaitu usai terkait sejumlah lantaran cuma mau nggak enggak gak"
    " banget udah aja dong nih sih kok butuh berencana dibandingkan berbagai pihaknya kemarin"
    " besok sore senin jumat kamis agustus desember maret juni juli nomor delapan miliar triliun"
    " persen rupiah rp wib wita wit kantor uang mobil truk sopir ponsel telepon listrik sepeda"
    " kendaraan kecelakaan stasiun bandara televisi internasional kabupaten provinsi kecamatan"
    " gubernur bupati dinas dpr dprd kpk polri polda polres tni bumn pln bpbd kepolisian kejaksaan"
    " jaksa pengacara tersangka kebijakan pelayanan kesehatan dokter pasien obat istri putri putra"
    " siswa karyawan pengusaha bisnis keuangan penjualan merek kebutuhan kesempatan resmi tanggal"
    " diimbau laki-laki kualitas aktivitas komunitas universitas".split()
)

# English names by code, of the languages that langid knows, and Sundanese.
LANGUAGES = {
    code: name
    for code, _, name in (
        " ".join(pair.split()).partition(" ")
        for pair in """
    ace Acehnese | af Afrikaans | am Amharic | an Aragonese | ar Arabic | ary Moroccan Arabic |
    arz Egyptian Arabic | as Assamese | az Azerbaijani | ba Bashkir | bcl Bikol | be Belarusian |
    bg Bulgarian | bn Bengali | br Breton | bs Bosnian | ca Catalan | crh Crimean Tatar | cs Czech
    | cy Welsh | da Danish | de German | dz Dzongkha | el Greek | en English | eo Esperanto | es
    Spanish | et Estonian | eu Basque | ext Extremaduran | fa Persian | fi Finnish | fo Faroese |
    fr French | fuv Fulfulde | fy Frisian | ga Irish | gcf Antillean Creole | gcr Guianese Creole
    | gd Scottish Gaelic | gl Galician | gom Konkani | grc Ancient Greek | gu Gujarati | gug
    Guarani | guw Gun | ha Hausa | hbo Biblical Hebrew | he Hebrew | hi Hindi | hr Croatian | ht
    Haitian Creole | hu Hungarian | hy Armenian | id Indonesian | ig Igbo | is Icelandic | it
    Italian | ja Japanese | jv Javanese | ka Georgian | kab Kabyle | kik Kikuyu | kk Kazakh | km
    Khmer | kn Kannada | ko Korean | ku Kurdish | ky Kyrgyz | la Latin | lb Luxembourgish | lg
    Ganda | lij Ligurian | ln Lingala | lo Lao | lt Lithuanian | ltg Latgalian | lv Latvian | mg
    Malagasy | mk Macedonian | ml Malayalam | mn Mongolian | mr Marathi | ms Malay | mt Maltese |
    my Burmese | ne Nepali | nl Dutch | nn Norwegian Nynorsk | no Norwegian | nso Northern Sotho |
    oc Occitan | om Oromo | or Odia | pa Punjabi | pcm Nigerian Pidgin | pl Polish | ps Pashto |
    pt Portuguese | qu Quechua | ro Romanian | ru Russian | rw Kinyarwanda | sa Sanskrit | sdh
    Southern Kurdish | se Northern Sami | si Sinhala | sk Slovak | sl Slovenian | sn Shona | so
    Somali | sq Albanian | sr Serbian | st Sotho | su Sundanese | sv Swedish | sw Swahili | ta
    Tamil | te Telugu | tg Tajik | th Thai | tk Turkmen | tl Tagalog | tr Turkish | tt Tatar | ug
    Uyghur | uk Ukrainian | ur Urdu | uz Uzbek | uzs Southern Uzbek | vec Venetian | vi Vietnamese
    | vo Volapük | wa Walloon | xh Xhosa | yo Yoruba | zh Chinese | zu Zulu
    """.split("|")
    )
}
