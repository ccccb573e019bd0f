using System.ComponentModel.DataAnnotations;
using System.IO.Enumeration;

namespace PerceptionEncoder.Models.Clip;

/// <summary>What of a contrastive model stays as it is in training.</summary>
public sealed record FreezeOptions
{
    /// <summary>The whole vision tower, as in locked-image tuning.</summary>
    public bool Vision { get; init; }

    /// <summary>The whole text tower.</summary>
    public bool Text { get; init; }

    /// <summary>The vision tower's embeddings and its first so many blocks; 0 for none.</summary>
    [Range(0, 1000)]
    public int VisionLayers { get; init; }

    /// <summary>The text tower's embeddings and its first so many blocks; 0 for none.</summary>
    [Range(0, 1000)]
    public int TextLayers { get; init; }

    /// <summary>State-dict names, with <c>*</c> for any characters: <c>logit_scale</c>, <c>visual.*.ln_1.*</c>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Vision && Text)
        {
            yield return ("", "vision and text both frozen leaves nothing to train");
        }
    }

    /// <summary>Whether a parameter stays as it is.</summary>
    /// <param name="name">State-dict name.</param>
    /// <param name="model">Both towers.</param>
    public bool Includes(string name, ClipArchitecture model)
    {
        var place = LayerDepth.Of(name, model);
        var layers = place.IsVision ? VisionLayers : TextLayers;
        return (place.IsVision ? Vision : Text && name != LogitScale)
            || (layers > 0 && place.Depth <= layers)
            || Names.Any(pattern => Matches(pattern, name));
    }

    /// <summary>Takes the frozen parameters out of training: they ask for no gradient.</summary>
    /// <exception cref="UserErrorException">A pattern fits no parameter, or none is left to train.</exception>
    public void Apply(ClipModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (parameters, architecture) = (model.named_parameters().ToArray(), new ClipArchitecture(model.Options));
        if (Names.FirstOrDefault(pattern => !parameters.Any(entry => Matches(pattern, entry.name))) is { } lost)
        {
            throw new UserErrorException($"freeze.names: '{lost}' fits no parameter. "
                + "Names are those of the state dict (pe checkpoint inspect lists them), * stands for any characters.");
        }

        foreach (var (name, parameter) in parameters)
        {
            parameter.requires_grad = !Includes(name, architecture);
        }

        if (!parameters.Any(entry => entry.parameter.requires_grad && entry.name != LogitScale))
        {
            throw new UserErrorException("freeze: nothing is left to train. Freeze less.");
        }
    }

    private const string LogitScale = "logit_scale";

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
