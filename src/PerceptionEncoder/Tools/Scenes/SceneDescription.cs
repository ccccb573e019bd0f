namespace PerceptionEncoder.Tools.Scenes;

/// <summary>What a scene shows, without the accidents of one picture (exact position, size, angle, shade). Equal by value.</summary>
/// <param name="Background">Colour of the background.</param>
public abstract record SceneDescription(SceneBackground Background)
{
    private const int TestShare = 6;

    /// <summary>Captions that hold for the scene, from vague to exact; the last is <see cref="FullCaption"/>.</summary>
    public abstract IReadOnlyList<string> Captions { get; }

    /// <summary>The caption that names everything: no other description has the same, and it holds for no other description.</summary>
    public string FullCaption => Captions[^1];

    /// <summary>
    /// Training or test, by a hash of the description alone. A pair and the same pair the other way round fall on the same side, so
    /// that the order of words in a test caption cannot be guessed from which of the two was seen in training.
    /// </summary>
    public SceneSplit Split => SceneRandom.Hash(SplitKey) % TestShare == 0 ? SceneSplit.Test : SceneSplit.Train;

    /// <summary>What <see cref="Split"/> hashes.</summary>
    protected abstract string SplitKey { get; }

    /// <summary>"on a white background".</summary>
    protected string OnBackground => $"on a {SceneWords.Of(Background)} background";

    /// <summary>Draws one arrangement of the shapes, back to front.</summary>
    internal abstract IReadOnlyList<PlacedShape> Arrange(ref SceneRandom random);
}
