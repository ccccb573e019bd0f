namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// Words after which a full stop belongs to the word, as patterns. Letters in brackets must be as written: those words are too common in
/// lower case.
/// </summary>
internal static class TreebankAbbreviations
{
    /// <summary>Those that may end a sentence; a capital behind them then begins the next.</summary>
    public static string MayEndSentence { get; } = AnyOf(
        @"(?:Ed|Ph)\.D",                                     // before Ph, as the longer one
        "Jan Feb Mar Apr Jun Jul Aug Sept? Oct Nov Dec",
        "Mon Tues? Wed Thu(?:rs)? Fri",
        "Ala Ariz (?-i:A)rk Calif Colo Conn Dak Del Fla Ga (?-i:I)ll Ind Kans? Ky La (?-i:M)ass Md Mich Minn (?-i:M)iss Mo Mont Neb Nev",
        "Okla (?-i:O)re Pa Penn Tenn Tex Va Vt (?-i:W)ash Wisc? Wyo",
        "Inc Cos? Corp Pp?tys? Ltd Plc Bancorp Dept Bhd Assn Univ Intl Sys",
        "Nos? Prop Ph tel est ext sq ft",
        "Jr Sr Bros Blvd Rd Esq",
        "etc al seq");

    /// <summary>Those that never end one.</summary>
    public static string WithinSentence { get; } = AnyOf(
        "Mrs? Ms (?-i:M)iss Drs? Profs? Sens? Reps? Attys? Lt Col Gen Messrs Govs? Adm Rev Maj Sgt Cpl Pvt Mt Capt Ste? Ave Pres Lieut",
        "Hon Brig Co?mdr Pfc Spc Supts? Det",
        @"vs Alex Wm Jos Cie a\.k\.a cf TREAS Invt Elec Natl M(?-i:[ft])g",
        @"(?:Canada|Sino|Korean|EU|Japan|non)-U\.S U\.S\.-U\.K U\.S\.-U\.S\.S\.R");

    /// <summary>Words with a capital that begin a sentence after letters with full stops, such as U.S.</summary>
    public static string SentenceStarts { get; } = "(?:" + (
        "About According Additionally After An A As At But Earlier He Her Here However If In It Last Many More Mr\\. Ms\\. Now Once One "
        + "Other Our She Since So Some Such That The Then There These They This We When While What Yet You").Replace(' ', '|') + ")";

    private static string AnyOf(params string[] lines) => $"(?i:{string.Join('|', lines).Replace(' ', '|')})";
}
