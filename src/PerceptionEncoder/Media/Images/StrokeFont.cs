namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Letters as strokes on a grid, drawn for this project, so that a bare machine needs no font file. Capitals stand on row 7 and reach to
/// row 0, small letters to row 2, tails to row 9. ASCII only.
/// </summary>
internal static class StrokeFont
{
    /// <summary>Rows of the grid from the top of a capital to where it stands.</summary>
    public const int CapitalRows = 7;

    /// <summary>Rows below that which tails reach.</summary>
    public const int TailRows = 2;

    private const char Unknown = '?';
    private const int SpaceColumns = 2;
    private const int Gap = 2;

    // A stroke is a row of points, a point its column and row; one point alone is a dot. From '!' on, in the order of ASCII.
    private static readonly string[] Strokes =
    [
        "0004 07", "0002 2022", "1117 3137 0343 0545", "4231110213334445361605 2027", "6007 0020220200 4565674745",
        "4712112031320406172745", "0002", "10010617", "00111607", "2125 0244 0442", "0444 2226", "171809", "0434", "07", "4008",
        "103041463717060110", "112027 1737", "01103041420747", "0110304142334446371706 1333", "37300545", "400003334446371706",
        "413010010617374644331304", "00404117", "103041423344463717060413020110 1333", "061737464130100103143443",
        "03 07", "13 171809", "310437", "0343 0545", "013407", "01103041422425 27", "5717060110506164554542 4332232435",
        "072047 1535", "00304142334446370700 0333", "4130100106173746", "003041463707 0007", "40000747 0333", "400007 0333",
        "41301001061737464424", "0007 4047 0343", "0007", "3036271706", "0007 4004 1347", "000747", "0700356067", "07004740",
        "104051564717060110", "07003041433404", "104051564717060110 3558", "07003041433404 2447", "413010010213334446371706",
        "0040 2027", "000617374640", "002740", "0017325760", "0047 4007", "002340 2327", "00400747",
        "10000818", "0048", "00101808", "022042", "0848", "0011",
        "0312324347 44140506173746", "0007 0312324346371706", "4332120306173746", "4047 4332120306173746", "04444332120306173746",
        "30201117 0232", "4248391908 4332120306173746", "0007 0312324347", "0207 00", "121809 10", "0007 3205 1437", "000617",
        "0207 0312223337 3342526367", "0207 0312324347", "123243463717060312", "0209 0312324346371706", "4249 4332120306173746",
        "0207 04132232", "43321203143546371706", "10162737 0232", "0206173746 4247", "022742", "0217345762", "0247 4207",
        "0227 42271909", "02420747",
        "20111304151829", "0009", "00111324151809", "05143544",
    ];

    private static readonly (int X, int Y)[][][] Glyphs =
        [.. Strokes.Select(glyph => glyph.Split(' ').Select(stroke => stroke.Chunk(2).Select(Point).ToArray()).ToArray())];

    /// <summary>The strokes of a letter, points in columns and rows of the grid, and the columns to the next letter.</summary>
    public static ((int X, int Y)[][] Strokes, int Columns) Of(char letter)
    {
        if (letter == ' ')
        {
            return ([], SpaceColumns + Gap);
        }

        var index = letter - '!';
        var glyph = Glyphs[index >= 0 && index < Glyphs.Length ? index : Unknown - '!'];
        return (glyph, glyph.Max(stroke => stroke.Max(point => point.X)) + Gap);
    }

    private static (int X, int Y) Point(char[] pair) => (pair[0] - '0', pair[1] - '0');
}
