namespace PerceptionEncoder.Data.Dialogues;

/// <summary>A dialogue as a decoder reads it.</summary>
/// <param name="Ids">All of it.</param>
/// <param name="Responses">What the assistant says, headers and marks of the end included: there is a loss for these.</param>
/// <param name="ImageToken">Stands in the place of each visual token.</param>
public sealed record DialogueTokens(int[] Ids, IReadOnlyList<TokenSpan> Responses, int? ImageToken)
{
    /// <summary>Where visual tokens stand.</summary>
    public IReadOnlyList<TokenSpan> Images
    {
        get
        {
            var spans = new List<TokenSpan>();
            for (var i = 0; i < Ids.Length; i++)
            {
                if (Ids[i] == ImageToken)
                {
                    var start = i;
                    i = Array.FindIndex(Ids, start, id => id != ImageToken) is var end and >= 0 ? end : Ids.Length;
                    spans.Add(new TokenSpan(start, i));
                }
            }

            return spans;
        }
    }

    /// <summary>Number of visual tokens.</summary>
    public int VisualTokens => Ids.Count(id => id == ImageToken);
}
