"""Words by which languages are told apart, in small letters.

`MALAY_ONLY` and `INDONESIAN_ONLY` are words of news that the other of the two does not have, or
spells otherwise (`kerana`, `karena`). Each word of the first occurs at most five times in 1.1
million words of Indonesian news. Words that both have in another sense (`kereta`, `polisi`,
`desa`) are in neither.
"""

from __future__ import annotations

# The commonest words of each. No sentence of Indonesian is without some of the first, of which most
# Malay has too.
INDONESIAN = frozenset(
    "yang dan dari untuk dengan pada ini itu tidak akan dalam oleh juga sebagai adalah telah sudah"
    " karena kata katanya ujar ujarnya tersebut bahwa saat kepada para serta dia mereka ia kami"
    " kita saya anda ada atau bisa dapat lebih hingga setelah menjadi namun seperti tak bukan"
    " terhadap antara agar secara bagi sebuah seorang jika tapi nggak".split()
)
ENGLISH = frozenset(
    "the of and to in a is was that for on with he it as at by his from have are be has said will"
    " not but they an or were we you this which their her she who its been had would could after"
    " i my our your him them there these those when what how than more about into over under up"
    " out if so do did does just can may should must while where because before between during"
    " through since until against also only some no one two new all it's".split()
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
# Common in Indonesian, and no words of English or names.
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
