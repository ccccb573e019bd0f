namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Sums up the texts at one place.</summary>
internal sealed class TextTally
{
    private readonly Distribution characters = new(1);
    private readonly Distribution tokens = new(1);
    private readonly CountTally scripts = new();
    private long samples;
    private long blank;

    /// <param name="texts">Of one sample at this place.</param>
    public void Add(IEnumerable<TextLook> texts)
    {
        var any = false;
        foreach (var text in texts)
        {
            if (text.Text.Length == 0)
            {
                blank++;
                continue;
            }

            any = true;
            characters.Add(text.Length);
            scripts.Add(text.Script);
            if (text.Tokens is { } count)
            {
                tokens.Add(count);
            }
        }

        samples += any ? 1 : 0;
    }

    public InspectedText Summarize(string place)
        => new(place, samples, blank, characters.Summarize(), tokens.Summarize(), scripts.Summarize(int.MaxValue));
}
