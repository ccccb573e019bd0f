using System.Text.Json;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>An object of a file in COCO's format, and where it stands.</summary>
/// <param name="Place">For messages.</param>
/// <param name="Value">A JSON object.</param>
internal readonly record struct CocoEntry(string Place, JsonElement Value)
{
    private const int LeastCorners = 3;

    /// <summary>Polygons reach over the picture's edge, but not so far that drawing them takes for ever.</summary>
    private const double Farthest = 1 << 20;

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="UserErrorException">It cannot be read or is no JSON.</exception>
    public static JsonElement Parse(string path)
    {
        try
        {
            return UserJson.Parse(UserText.Read(path)).RootElement;
        }
        catch (JsonException failure)
        {
            throw new UserErrorException($"{path}: is not valid JSON ({failure.Message.ReplaceLineEndings(" ")})", failure);
        }
    }

    /// <summary>The objects of a list.</summary>
    /// <exception cref="UserErrorException">It is no list of objects.</exception>
    public static IEnumerable<CocoEntry> Each(string place, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new UserErrorException($"{place}: is {UserJson.Describe(list)}, and a list is needed.");
        }

        return list.EnumerateArray().Select((value, index) => value.ValueKind == JsonValueKind.Object
            ? new CocoEntry($"{place}[{index}]", value)
            : throw new UserErrorException($"{place}[{index}]: is {UserJson.Describe(value)}, and an object is needed."));
    }

    /// <summary>Whether there is something under a key.</summary>
    public bool Has(string key) => Value.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <exception cref="UserErrorException">There is no text.</exception>
    public string Text(string key)
        => Value.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw Needed(key, "a text");

    /// <exception cref="UserErrorException">There is no number.</exception>
    public double Number(string key)
        => Value.TryGetProperty(key, out var number) && number.ValueKind == JsonValueKind.Number && double.IsFinite(number.GetDouble())
            ? number.GetDouble()
            : throw Needed(key, "a number");

    /// <exception cref="UserErrorException">There is no whole number.</exception>
    public long Whole(string key)
        => Number(key) is var number && Math.Abs(number) < 1L << 53 && Math.Floor(number) == number
            ? (long)number
            : throw Needed(key, "a whole number");

    /// <exception cref="UserErrorException">It is there and neither 0 nor 1.</exception>
    public bool Flag(string key) => Value.TryGetProperty(key, out var flag) && flag.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        _ => Whole(key) != 0,
    };

    /// <summary>Four numbers.</summary>
    /// <exception cref="UserErrorException">There are others, or a side is negative.</exception>
    public ObjectBox Box()
        => Value.TryGetProperty("bbox", out var list) && Numbers(list) is [var left, var top, var width, var height]
            && width >= 0 && height >= 0
            ? new ObjectBox(left, top, width, height)
            : throw Needed("bbox", "four numbers, left, top, width and height in pixels,");

    /// <summary>Polygons, or run lengths with the size of the picture.</summary>
    /// <param name="picture">Its size; null where it is known to the run lengths alone.</param>
    /// <exception cref="UserErrorException">There is none, or it does not fit the picture.</exception>
    public RunLengthMask Mask((int Height, int Width)? picture)
    {
        const string Key = "segmentation";
        if (!Value.TryGetProperty(Key, out var mask) || mask.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
        {
            throw Needed(Key, "polygons or run lengths");
        }

        try
        {
            return mask.ValueKind == JsonValueKind.Object
                ? Runs(new CocoEntry($"{Place}.{Key}", mask), picture)
                : Polygons(mask, picture ?? throw new FormatException("its polygons need the picture's height and width"));
        }
        catch (FormatException problem)
        {
            throw new UserErrorException($"{Place}.{Key}: {problem.Message}.", problem);
        }
    }

    /// <summary>Says that something else is needed.</summary>
    public UserErrorException Needed(string key, string what)
        => new($"{Place}.{key}: {what} is needed, and here is "
            + $"{(Value.TryGetProperty(key, out var value) ? UserJson.Describe(value) : "nothing")}.");

    private static RunLengthMask Runs(CocoEntry mask, (int Height, int Width)? picture)
    {
        if (!mask.Value.TryGetProperty("size", out var sides)
            || Numbers(sides) is not [>= 1 and < int.MaxValue and var height, >= 1 and < int.MaxValue and var width]
            || height * width > int.MaxValue)
        {
            throw mask.Needed("size", "height and width");
        }

        if (picture is { } known && (known.Height != (int)height || known.Width != (int)width))
        {
            throw new FormatException($"it is of {width}x{height} pixels, and the picture is of {known.Width}x{known.Height}");
        }

        return !mask.Value.TryGetProperty("counts", out var counts) ? throw mask.Needed("counts", "a text or a list")
            : counts.ValueKind == JsonValueKind.String ? RunLengthMask.OfText((int)height, (int)width, counts.GetString()!)
            : Numbers(counts) is { } runs ? RunLengthMask.OfCounts((int)height, (int)width, runs.Select(count => (long)count))
            : throw mask.Needed("counts", "a text or a list of numbers");
    }

    private static RunLengthMask Polygons(JsonElement list, (int Height, int Width) picture)
    {
        double[][] polygons =
        [
            .. list.EnumerateArray()
                .Select(polygon => Numbers(polygon) ?? throw new FormatException("a polygon must be a list of numbers")),
        ];
        if (polygons.Length == 0 || polygons.Any(polygon => polygon.Length < 2 * LeastCorners || polygon.Length % 2 == 1))
        {
            throw new FormatException("a polygon needs three corners or more, x and y in turn");
        }

        return polygons.All(polygon => polygon.All(number => Math.Abs(number) < Farthest))
            ? RunLengthMask.OfPolygons(picture.Height, picture.Width, polygons)
            : throw new FormatException("a corner lies far outside the picture");
    }

    private static double[]? Numbers(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(number => number.ValueKind != JsonValueKind.Number))
        {
            return null;
        }

        var numbers = list.EnumerateArray().Select(number => number.GetDouble()).ToArray();
        return Array.TrueForAll(numbers, double.IsFinite) ? numbers : null;
    }
}
