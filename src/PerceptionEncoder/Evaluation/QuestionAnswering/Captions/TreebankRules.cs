using static PerceptionEncoder.Evaluation.QuestionAnswering.Captions.TreebankAbbreviations;
using static PerceptionEncoder.Evaluation.QuestionAnswering.Captions.TreebankRule;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// The rules of Stanford's Penn Treebank tokeniser, version 3.4.1, with its default options: the one that the published caption scores were
/// made with. Written anew from its behaviour.
/// </summary>
internal static class TreebankRules
{
    private const string Space = @"[ \t\u00A0\u2000-\u200A\u3000]";
    private const string Break = @"[\r\n\u2028\u2029\u000B\u000C\u0085]";
    private const string SpaceOrBreak = @"[ \t\u00A0\u2000-\u200A\u3000\r\n\u2028\u2029\u000B\u000C\u0085]";
    private const string Digit = @"[\p{Nd}\u07C0-\u07C9]";
    private const string Letter = @"(?:[\p{L}\u00AD\u02C2-\u02C5\u02D2-\u02DF\u02E5-\u02FF\u0300-\u036F\u0384\u0385\u03F6\u0483-\u0487"
        + @"\u055A-\u055F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0615-\u061A\u064B-\u065E\u0670\u06D6-\u06EF\u0711\u0730-\u074A"
        + @"\u07A6-\u07B0\u0900-\u0903\u093C\u093E-\u094E\u0951-\u0955\u0962\u0963\u0E31-\u0E3A\u0E47-\u0E4E]"
        + "|&[aeiouAEIOU](?:acute|grave|uml);)";
    private const string Alphanumeric = @"[\p{L}\p{Nd}]";
    private const string Apostrophe = @"(?:['\u0092\u2019]|&apos;)";
    private const string InnerApostrophe = @"(?:['\u0091\u0092\u2018\u2019\u201B]|&apos;)";
    private const string Hyphen = @"[-_\u058A\u2010\u2011]";
    private const string Word = Letter + "(?:" + Letter + "|" + Digit + ")*(?:[.!?]" + Letter + "(?:" + Letter + "|" + Digit + ")*)*";
    private const string Ending = Apostrophe + "(?:[msdMSD]|(?i:re|ve|ll))";
    private const string Not = "[nN]" + InnerApostrophe + "[tT]";
    private const string BeforeNot = @"[A-Za-z\u00AD]*[A-MO-Za-mo-z]\u00AD*";
    private const string Number = "(?:" + Digit + @"*(?:[.:,\u00AD\u066B\u066C]" + Digit + "+)+|" + Digit + "+)";
    private const string Fraction = "(?:" + Digit + @"{1,4}[- \u00A0])?" + Digit + @"{1,4}(?:\\?/|\u2044)" + Digit + "{1,4}";
    private const string Initials = @"[A-Za-z](?:\.[A-Za-z])+";
    private const string French = "(?:[dDoOlL]" + InnerApostrophe + Alphanumeric + ")?";
    private const string Thing = French + Alphanumeric + "+(?:" + Hyphen + French + Alphanumeric + "+)*";
    private const string DottedThing = @"[A-Za-z0-9][A-Za-z0-9.,\u00AD]*(?:-(?:" + Initials + @"\.|[A-Za-z0-9\u00AD]+))+";
    private const string SlashedThing = @"[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}";
    private const string Joined = "[A-Z]+(?:(?:[+&]|&(?i:amp);)[A-Z]+)+";
    private const string Tag = @"<(?:[!?][A-Za-z-][^>\r\n]*|/?[A-Za-z][A-Za-z0-9:.-]*"
        + @"(?:[ ]+(?:[A-Za-z][A-Za-z0-9:.-]*(?:[ ]*=[ ]*['""][^\r\n'""]*['""])?|['""][^\r\n'""]*['""]|[ ]*/))*[ ]*)>";
    private const string InAddress = @"[^ \t\n\f\r""<>|.!?(){},]";
    private const string AddressPath = @"(?:/[^ \t\n\f\r""<>|()]+[^ \t\n\f\r""<>|.!?(){},-])?";
    private const string Quotes = @"(?:[`\u2018-\u201F\u0082\u0084\u0091-\u0094\u2039\u203A\u00AB\u00BB]{1,2}|" + Apostrophe + ")";
    private const string DoubleQuote = @"(?:""|&(?i:quot);|[`'\u0091\u0092\u2018\u2019]')";
    private const string Smiley = @"[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]]";
    private const string InnerPunctuation = @"[,;:\u3001]";

    /// <summary>What is no token: spaces and breaks.</summary>
    public const string Blank = @"\G(?:[\0\u200B\u200E\u200F\uFEFF\x7F]|&(?i:nbsp);|" + SpaceOrBreak + "+)";

    /// <summary>All rules, the first before the others.</summary>
    public static IReadOnlyList<TreebankRule> All { get; } =
    [
        new("(?<t>(?i:cannot|'twas))") { PutBack = 3 },
        new("(?<t>" + Apostrophe + "(?i:tis)|(?i:gonna|gotta|lemme|gimme|wanna))") { PutBack = 2 },
        Of(Tag, WithFixedSpaces),
        Of(@"&(?i:MD|mdash|ndash);|[\u0096\u0097\u2013-\u2015]", _ => "--"),
        Of("&(?i:amp);", _ => "&"),
        Of("&(?i:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);"),
        new("(?<t>" + Word + ")" + Ending, WithoutSoftHyphens),
        new("(?<t>" + BeforeNot + ")" + Not, WithoutSoftHyphens),
        Of(Word, WithoutSoftHyphens),
        Of(Apostrophe + "[nN]" + Apostrophe + "?"),
        Of("[lLdDjJ]" + Apostrophe),
        Of("(?i:dunkin|somethin|ol)" + Apostrophe),
        Of(Apostrophe + "(?i:em|till?|cause)"),
        Of("[A-HJ-XZn]" + InnerApostrophe + @"\p{L}{2,}"),
        Of(Apostrophe + "[2-9]0[sS]"),
        Of(@"\p{L}+[aeiouyAEIOUY]" + InnerApostrophe + @"[aeiouA-Z]\p{L}*"),
        Of(@"(?i:cont'd\.?|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l)"),
        new("(?<t>[yY]" + Apostrophe + @")\p{L}"),
        Of(@"(?i:https?)://[^ \t\n\f\r""<>|()]+[^ \t\n\f\r""<>|.!?(){},-]"),
        Of(@"(?i:www)\.(?:" + InAddress + @"+\.)+[a-zA-Z]{2,4}" + AddressPath),
        Of(@"(?:[^ \t\n\f\r""`'<>|.!?(){},\-_$]+\.)+(?i:com|net|org|edu)" + AddressPath),
        Of(@"[a-zA-Z0-9][^ \t\n\f\r""<>|()\u00A0]*@(?:[^ \t\n\f\r""<>|().\u00A0]+\.)*[^ \t\n\f\r""<>|().\u00A0]+"),
        Of("@[a-zA-Z_][a-zA-Z_0-9]*|#" + Word),
        new("(?<t>" + Ending + ")[^A-Za-z]", RightQuotes),
        Of(Not, RightQuotes),
        Of(Digit + @"{1,2}[-/]" + Digit + @"{1,2}[-/]" + Digit + "{2,4}"),
        Of("[-+]?" + Number, WithoutSoftHyphens),
        Of(@"[\u207A\u207B\u208A\u208B]?(?:[\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+|[\u2080-\u2089]+)"),
        Of(Fraction, WithFixedSpaces),
        Of(@"[\u00BC\u00BD\u00BE\u2153-\u215E]", Fractions),
        Of("-(?i:RRB|LRB|RCB|LCB|RSB|LSB)-|(?i:C\\.D\\.s|pro-|anti-|S(?:&amp;|&)P-500|S(?:&amp;|&)Ls)", Ampersands),
        Of("(?i:Cap" + Apostrophe + "n|c" + Apostrophe + "est)"),
        Of(SlashedThing),
        Of(@"[A-Z]*\$|#"),
        Of(@"[\u00A2-\u00A5\u0080\u20A0\u20AC\u060B\u0E3F\u20A4\uFFE0\uFFE1\uFFE5\uFFE6]", Currency),
        new("(?<t>" + Initials + @"\.)" + Space + "+" + SentenceStarts + Space) { PutBack = -1 },
        new("(?<t>" + MayEndSentence + @"\.)" + SpaceOrBreak + "(?:" + SpaceOrBreak + "|[A-Z]|" + Tag + ")") { PutBack = -1 },
        Of(MayEndSentence + @"\."),
        Of("(?:" + WithinSentence + @"|[A-Za-z](?:\.[A-Za-z])*)\."),
        new("(?<t>" + Apostrophe + "[0-9][0-9])" + SpaceOrBreak),
        new("(?<t>" + Word + @"\.)" + InnerPunctuation, WithoutSoftHyphens),
        Of(@"(?:\([0-9]{2,3}\)[ \u00A0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00A0])?[0-9]{2,4}[- \u00A0])[0-9]{3,4}[- \u00A0]?[0-9]{3,5}", Phone),
        Of(@"(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}"),
        new("(?<t>" + DoubleQuote + ")[A-Za-z0-9$]", LeftQuotes),
        Of(DoubleQuote, RightQuotes),
        Of("<|&(?i:lt);", _ => "<"),
        Of(">|&(?i:gt);", _ => ">"),
        new("(?<t>" + Smiley + ")[^A-Za-z0-9]", Parentheses),
        Of(@"[\^x=~<>]\.[\^x=~<>]|[-^x=~<>']_[-^x=~<>']"),
        Of(@"\([-^x=~<>'][_.]?[-^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`]\)", Parentheses),
        Of(@"[{}\[\]()]", Parentheses),
        Of("-+", text => text.Length is 3 or 4 ? "--" : text),
        Of(@"\.{3,5}|(?:\.[ \u00A0]){2,4}\.|[\u0085\u2026]", _ => "..."),
        Of(@"@+|#+|_+|\*+|(?:\\\*){1,3}"),
        Of(InnerPunctuation),
        Of("[?!]+"),
        Of(@"[.¡¿\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002=/]"),
        new("(?<t>" + DottedThing + @"\.)" + InnerPunctuation, WithoutSoftHyphens),
        Of(DottedThing, WithoutSoftHyphens),
        new("(?<t>" + Thing + @"\.)" + InnerPunctuation),
        Of(Thing),
        new("(?<t>" + Joined + @"\.)" + InnerPunctuation, Ampersands),
        Of(Joined, Ampersands),
        new("(?<t>" + Quotes + @")(?:[A-Za-z][^ \t\n\r\u00A0]|[AaIiUu]" + SpaceOrBreak + ")", LeftQuotes),
        Of(Ending, RightQuotes),
        Of(Quotes, RightQuotes),
        Of("<<|>>"),
        Of(@"[+%&~^|\\¦§¨©¬®¯°-¾×÷\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4\u0600-\u0603\u0606-\u060A\u060C\u0614"
            + @"\u061B\u061E\u066A"
            + @"\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965\u0E4F\u1FBD\u2016\u2017\u2020-\u2023\u2030-\u2038\u203B\u203E-\u2042\u2044"
            + @"\u207A-\u207F\u208A-\u208E\u2100-\u214F\u2190-\u2BFF\u3012\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]"),
    ];

    private static string WithoutSoftHyphens(string text)
        => text.Replace("\u00AD", "", StringComparison.Ordinal) is { Length: > 0 } rest ? rest : "-";

    private static string WithFixedSpaces(string text) => text.Replace(' ', '\u00A0');

    private static string Ampersands(string text) => text.Replace("&amp;", "&", StringComparison.OrdinalIgnoreCase);

    private static string Fractions(string text) => text switch
    {
        "\u00BC" => "1/4", "\u00BD" => "1/2", "\u00BE" => "3/4", "\u2153" => "1/3", "\u2154" => "2/3", _ => text,
    };

    private static string Currency(string text) => text switch
    {
        "\u00A2" => "cents", "\u00A3" => "#", "\u0080" or "\u00A4" or "\u20A0" or "\u20AC" => "$", _ => text,
    };

    private static string Parentheses(string text) => text switch
    {
        "{" => "-LCB-", "}" => "-RCB-", "[" => "-LSB-", "]" => "-RSB-",
        _ => text.Replace("(", "-LRB-", StringComparison.Ordinal).Replace(")", "-RRB-", StringComparison.Ordinal),
    };

    private static string Phone(string text) => Parentheses(WithFixedSpaces(text));

    private static string LeftQuotes(string text) => Curly(text, "`", "``");

    private static string RightQuotes(string text) => Curly(text, "'", "''");

    /// <summary>Straight quotation marks as told, curly ones as they are curled.</summary>
    private static string Curly(string text, string single, string twofold) => string.Concat(
        text.Replace("&apos;", "'", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.OrdinalIgnoreCase)
            .Select(mark => mark switch
            {
                '\'' => single,
                '"' => twofold,
                '\u0091' or '\u2018' or '\u201B' or '\u2039' => "`",
                '\u0092' or '\u2019' or '\u203A' => "'",
                '\u0093' or '\u201C' or '\u00AB' => "``",
                '\u0094' or '\u201D' or '\u00BB' => "''",
                _ => mark.ToString(),
            }));
}
