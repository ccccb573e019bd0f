using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Weights of a Perception Encoder on disk, in any format and layout that can be read.</summary>
public sealed class ModelWeights : IDisposable
{
    private const int MaximumListed = 20;

    private readonly PublishedTensorFile weights;

    private ModelArchitecture? architecture;

    private ModelWeights(PublishedTensorFile weights) => this.weights = weights;

    /// <summary>The weights file.</summary>
    public string Path => weights.Path;

    /// <summary>The tensors, under their published names.</summary>
    public PublishedTensorFile Tensors => weights;

    /// <summary>What the tensors make up: by the file's metadata, else by their shapes.</summary>
    /// <exception cref="UserErrorException">Neither tells.</exception>
    public ModelArchitecture Architecture => architecture ??= ArchitectureDetection.Detect(weights);

    private bool NamesArchitecture => weights.Metadata.ContainsKey(ModelArchitecture.MetadataKey);

    private bool HasClassToken => weights.Entries.ContainsKey(StateDict.VisionPrefix + "class_embedding");

    /// <summary>Opens a checkpoint; no tensor is read yet.</summary>
    /// <param name="path">A weights file, an index, a folder that holds one, or a run folder (its latest checkpoint).</param>
    /// <exception cref="UserErrorException">Nothing usable is there, or it is not a Perception Encoder.</exception>
    public static ModelWeights Open(string path)
        => new(PublishedTensorFile.Open(WeightsLocation.Find(path)));

    /// <summary>Both towers, in eval mode, in float32 on the CPU.</summary>
    /// <param name="imageSize">Side of the square input in pixels; absolute positions are interpolated. Null for the checkpoint's own.</param>
    /// <exception cref="UserErrorException">There is no text tower, or the tensors are not those of the architecture.</exception>
    public ClipModel LoadClip(int? imageSize = null)
    {
        var architecture = Architecture.At(imageSize);
        var text = architecture.Text ?? throw new UserErrorException($"{Path}: is a vision tower without text tower. Name a PE-Core checkpoint, or use a command that needs no text.");
        CheckTensors();
        return Fill(() => new ClipModel(new ClipOptions { Vision = architecture.Vision, Text = text }), model => Fill(model, "", weights.Attach));
    }

    /// <summary>The vision tower alone, in eval mode, in float32 on the CPU.</summary>
    /// <param name="imageSize">As <see cref="LoadClip"/>.</param>
    /// <exception cref="UserErrorException">The tensors are not those of the architecture.</exception>
    public VisionTransformer LoadVision(int? imageSize = null)
    {
        var vision = Architecture.At(imageSize).Vision;
        CheckTensors(Architecture with { Text = null }, StateDict.VisionPrefix);
        return Fill(() => new VisionTransformer(vision), model => Fill(model, StateDict.VisionPrefix, weights.Attach));
    }

    /// <summary>
    /// Fills a model that has exactly this checkpoint's tensors; absolute positions of another grid are interpolated. Values are copied into the model's own
    /// memory, so that a resumed training sums in the same order as one that was never stopped, to the last bit.
    /// </summary>
    /// <exception cref="UserErrorException">
    /// Lists each fact in which the model is another than the file's metadata says, and missing, unexpected and mis-shaped tensors; the model is as it was.
    /// </exception>
    public void LoadInto(ClipModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Fill(model, "", weights.ReadInto, Differences(ModelArchitecture.Of(model.Options)));
    }

    /// <summary>What neither the file's metadata nor its tensors say and is therefore taken to be as in a model it is loaded into; null where the metadata says it.</summary>
    public string? Assumed(ClipOptions model)
        => NamesArchitecture ? null : string.Join(", ", ModelArchitecture.Of(model).Unseen().Select(fact => $"{fact.Key} {fact.Value}"));

    /// <summary>Checks that the tensors are those of the architecture, without reading them. Done before a model is built: what metadata claim may be a lie.</summary>
    /// <exception cref="UserErrorException">Lists missing, unexpected and mis-shaped tensors.</exception>
    public void CheckTensors() => CheckTensors(Architecture, "");

    /// <summary>Checks that the tensors are those of a model, without reading them or building it.</summary>
    /// <exception cref="UserErrorException">As <see cref="LoadInto"/>.</exception>
    public void CheckFits(ClipOptions model)
    {
        var wanted = ModelArchitecture.Of(model);
        CheckNames(wanted.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape), "", Differences(wanted));
    }

    /// <summary>A tensor by published name, in the file's dtype; absolute positions are interpolated to the shape asked for.</summary>
    /// <param name="name">Published name.</param>
    /// <param name="shape">The shape it is to have.</param>
    /// <exception cref="UserErrorException">It is missing.</exception>
    public Tensor Read(string name, long[] shape)
    {
        using var scope = NewDisposeScope();
        var stored = weights.Read(name);
        if (stored.shape.SequenceEqual(shape))
        {
            return stored.MoveToOuterDisposeScope();
        }

        var carried = empty(shape);
        StateCarrier.Copy(name, stored.to(float32), carried, HasClassToken);
        return carried.to(stored.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => weights.Dispose();

    /// <summary>A checkpoint of an open file, which it closes.</summary>
    internal static ModelWeights Of(PublishedTensorFile weights) => new(weights);

    /// <summary>Facts in which a model is another than the file's metadata says.</summary>
    private IEnumerable<string> Differences(ModelArchitecture model) => NamesArchitecture ? Architecture.Differences(model, "in the file", "in the model") : [];

    private void CheckTensors(ModelArchitecture part, string prefix) => CheckNames(part.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape), prefix, []);

    private static TModel Fill<TModel>(Func<TModel> create, Action<TModel> fill)
        where TModel : nn.Module
    {
        TModel model;
        using (Initialization.Skip())
        {
            model = create();
        }

        try
        {
            fill(model);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <param name="model">A module whose state dict is the part of the published one under a prefix.</param>
    /// <param name="prefix">Empty for both towers.</param>
    /// <param name="take">Fills one tensor of the file's own shape.</param>
    /// <param name="other">Facts in which the model is another than the file says.</param>
    private void Fill(nn.Module model, string prefix, Action<string, Tensor> take, IEnumerable<string>? other = null)
    {
        var state = model.state_dict().ToDictionary(entry => prefix + entry.Key, entry => entry.Value);
        CheckNames(state.ToDictionary(entry => entry.Key, entry => entry.Value.shape), prefix, other ?? []);
        foreach (var (name, tensor) in state)
        {
            if (weights.Entries[name].Shape.SequenceEqual(tensor.shape))
            {
                take(name, tensor);
                continue;
            }

            using var noGradient = no_grad();
            using var carried = Read(name, tensor.shape);
            tensor.copy_(carried);
        }
    }

    private void CheckNames(Dictionary<string, long[]> wanted, string prefix, IEnumerable<string> other)
    {
        List<Func<string>> faults = [.. other.Select(fact => (Func<string>)(() => fact))];              // only some are written out
        foreach (var (name, shape) in wanted)
        {
            if (!weights.Entries.TryGetValue(name, out var found))
            {
                faults.Add(() => $"missing {weights.NameInFile(name)} [{string.Join(", ", shape)}]{(weights.InPlaceOf(name) is { } other ? $", in its place {other}" : "")}");
            }
            else if (!found.Shape.SequenceEqual(shape) && !IsOtherGrid(name, found, shape))
            {
                faults.Add(() => $"{weights.NameInFile(name)} is {found.ShapeText}, the model wants [{string.Join(", ", shape)}]");
            }
        }

        foreach (var entry in weights.Entries.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal) && !wanted.ContainsKey(entry.Name)))
        {
            faults.Add(() => $"unexpected {weights.NameInFile(entry.Name)} {entry.ShapeText}");
        }

        faults.AddRange(weights.Unknown.Select(name => (Func<string>)(() => $"unexpected {name}")));
        if (faults.Count > 0)
        {
            var more = faults.Count > MaximumListed ? $"; and {faults.Count - MaximumListed} more (pe checkpoint inspect lists the file's)" : "";
            var origin = weights.Origin is { } from ? $", read from {from}," : "";
            throw new UserErrorException(
                $"{Path}: its weights{origin} are not those of this model ({faults.Count} differences: {string.Join("; ", faults.Take(MaximumListed).Select(fault => fault()))}{more}). "
                + "Load a checkpoint of the same architecture.");
        }
    }

    private bool IsOtherGrid(string name, TensorEntry found, long[] wanted)
        => name == StateDict.VisionPositions && found.Shape.Count == 2 && found.Shape[1] == wanted[1] && IsGrid(found.Shape[0]) && IsGrid(wanted[0]);

    private bool IsGrid(long positions)
    {
        var patches = positions - (HasClassToken ? 1 : 0);
        var side = (long)Math.Sqrt(patches);
        return patches > 0 && side * side == patches;
    }
}
