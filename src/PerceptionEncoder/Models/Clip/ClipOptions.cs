namespace PerceptionEncoder.Models.Clip;

/// <summary>Both towers of a contrastive model.</summary>
public sealed record ClipOptions
{
    /// <summary>The vision tower.</summary>
    public VisionOptions Vision { get; init; } = new();

    /// <summary>The text tower.</summary>
    public TextOptions Text { get; init; } = new();

    /// <summary>The model with fresh weights.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public ClipModel Build() => new(this);

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal ClipOptions Validated()
    {
        Vision.Validate();
        Text.Validate();
        var visionDim = Vision.OutputDim ?? Vision.Width;
        if (Vision.Pooling == Pooling.None || visionDim != Text.OutputDim)
        {
            var vision = Vision.Pooling == Pooling.None ? "tokens without pooling" : $"a feature of {visionDim}";
            throw new UserErrorException($"model: the vision tower gives {vision}, the text tower a feature of {Text.OutputDim}; "
                + "a contrastive model needs one size. Set vision.pooling and output_dim.");
        }

        return this;
    }
}
