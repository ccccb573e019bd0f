using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models;

/// <summary>Weights of a model on disk, in any format and layout that can be read.</summary>
public sealed class ModelWeights : IDisposable
{
    private const int MaximumListed = 20;

    private PublishedTensorFile weights;

    private ModelArchitecture? architecture;

    private ModelWeights(PublishedTensorFile weights) => this.weights = weights;

    /// <summary>The weights file.</summary>
    public string Path => weights.Path;

    /// <summary>The tensors, under their published names.</summary>
    public PublishedTensorFile Tensors => weights;

    /// <summary>What the tensors make up: by the file's metadata, else by their shapes.</summary>
    /// <exception cref="UserErrorException">Neither tells.</exception>
    public ModelArchitecture Architecture => architecture ??= ModelFamilies.Of(weights).Detect(weights);

    private bool NamesArchitecture => weights.Metadata.ContainsKey(ModelArchitecture.MetadataKey);

    /// <summary>Opens a checkpoint; no tensor is read yet.</summary>
    /// <param name="path">A weights file, an index, a folder that holds one, or a run folder (its latest checkpoint).</param>
    /// <exception cref="UserErrorException">Nothing usable is there, or it is of no known family.</exception>
    public static ModelWeights Open(string path) => new(ModelFamilies.Open(path));

    /// <summary>
    /// The architecture, where it is of the kind that the caller can use, or a part of the file is: then the weights are that part's from
    /// here on, as the vision tower of a language model.
    /// </summary>
    /// <param name="wanted">What is wanted, for the message: "a contrastive model or its vision tower".</param>
    /// <exception cref="UserErrorException">It is of another kind.</exception>
    public TArchitecture ArchitectureAs<TArchitecture>(string wanted)
        where TArchitecture : ModelArchitecture
    {
        if (Architecture is TArchitecture whole)
        {
            return whole;
        }

        foreach (var family in ModelFamilies.All.Where(family => !family.Layouts.Contains(weights.Layout)))
        {
            if (weights.As(family.Layouts) is { } part && family.Detect(part) is TArchitecture found)
            {
                (weights, architecture) = (part, found);
                return found;
            }
        }

        throw new UserErrorException($"{Path}: is no {wanted}, but {Architecture.Describe()}. Name another checkpoint.");
    }

    /// <summary>The model, or a part of it, in eval mode.</summary>
    /// <param name="part">The file's architecture, or one that leaves some of it out; on any input size.</param>
    /// <param name="device">Where it is to be; null for the CPU.</param>
    /// <param name="type">Element type of its weights, which never take the memory of a wider one.</param>
    /// <exception cref="UserErrorException">The tensors are not those of the architecture.</exception>
    public nn.Module Load(ModelArchitecture part, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(part);
        CheckTensors(part);
        nn.Module model;
        using (Initialization.Skip(device ?? CPU))
        {
            model = part.Build();
        }

        try
        {
            if (type != ScalarType.Float32)
            {
                model.to(type);                                 // still without values, and so without memory
            }

            Fill(model, part, weights.Attach, []);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Fills a model that has exactly this checkpoint's tensors; absolute positions of another grid are interpolated. Values are copied
    /// into the model's own memory, so that a resumed training sums in the same order as one that was never stopped, to the last bit.
    /// </summary>
    /// <param name="model">A whole model.</param>
    /// <param name="built">Its architecture.</param>
    /// <exception cref="UserErrorException">
    /// Lists each fact in which the model is another than the file's metadata says, and missing, unexpected and mis-shaped tensors; the
    /// model is as it was.
    /// </exception>
    public void LoadInto(nn.Module model, ModelArchitecture built)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(built);
        Fill(model, built, weights.ReadInto, Differences(built));
    }

    /// <summary>
    /// What neither the file's metadata nor its tensors say and is therefore taken to be as in a model it is loaded into; null where the
    /// metadata says it.
    /// </summary>
    public string? Assumed(ModelArchitecture model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return NamesArchitecture ? null : string.Join(", ", model.Unseen().Select(fact => $"{fact.Key} {fact.Value}"));
    }

    /// <summary>
    /// Checks that the tensors are those of the architecture, without reading them. Done before a model is built: what metadata claim may
    /// be a lie.
    /// </summary>
    /// <exception cref="UserErrorException">Lists missing, unexpected and mis-shaped tensors.</exception>
    public void CheckTensors() => CheckTensors(Architecture);

    /// <summary>Checks that the tensors are those of a model, without reading them or building it.</summary>
    /// <exception cref="UserErrorException">As <see cref="LoadInto"/>.</exception>
    public void CheckFits(ModelArchitecture model)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckNames(model, model.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape), Differences(model));
    }

    /// <summary>
    /// A tensor by published name, in the file's dtype, as a model of the same tensors has it: absolute positions are interpolated.
    /// </summary>
    /// <param name="name">Published name.</param>
    /// <param name="shape">The shape it is to have.</param>
    /// <param name="model">What it is read for.</param>
    /// <exception cref="UserErrorException">It is missing.</exception>
    public Tensor Read(string name, long[] shape, ModelArchitecture model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        var stored = weights.Read(name);
        if (stored.shape.SequenceEqual(shape))
        {
            return stored.MoveToOuterDisposeScope();
        }

        var carried = empty(shape);
        model.Carry(name, stored.to(float32), carried);
        return carried.to(stored.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Copies a tensor into one of a larger model, as its architecture has it: beside the model there is no more in memory than this
    /// tensor, in the file's dtype.
    /// </summary>
    /// <param name="name">Published name.</param>
    /// <param name="target">Filled in place.</param>
    /// <param name="model">What it is read for: positions of another grid are interpolated.</param>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    internal void ReadInto(string name, Tensor target, ModelArchitecture model) => Take(name, target, model, weights.ReadInto);

    /// <inheritdoc/>
    public void Dispose() => weights.Dispose();

    /// <summary>A checkpoint of an open file, which it closes.</summary>
    internal static ModelWeights Of(PublishedTensorFile weights) => new(weights);

    /// <summary>Facts in which a model is another than the file's metadata says.</summary>
    private IEnumerable<string> Differences(ModelArchitecture model)
        => NamesArchitecture ? Architecture.Differences(model, "in the file", "in the model") : [];

    /// <summary>As <see cref="CheckTensors()"/>, of a part of the file.</summary>
    internal void CheckTensors(ModelArchitecture part)
        => CheckNames(part, part.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape), []);

    /// <param name="model">A module whose state dict is the part of the published one under the architecture's prefix.</param>
    /// <param name="built">Its architecture.</param>
    /// <param name="take">Fills one tensor of the file's own shape.</param>
    /// <param name="other">Facts in which the model is another than the file says.</param>
    private void Fill(nn.Module model, ModelArchitecture built, Action<string, Tensor> take, IEnumerable<string> other)
    {
        var state = model.state_dict().ToDictionary(entry => built.StatePrefix + entry.Key, entry => entry.Value);
        CheckNames(built, state.ToDictionary(entry => entry.Key, entry => entry.Value.shape), other);
        foreach (var (name, tensor) in state)
        {
            Take(name, tensor, built, take);
        }
    }

    private void Take(string name, Tensor tensor, ModelArchitecture model, Action<string, Tensor> take)
    {
        if (weights.Entries[name].Shape.SequenceEqual(tensor.shape))
        {
            take(name, tensor);
            return;
        }

        using var noGradient = no_grad();
        using var carried = Read(name, tensor.shape, model);
        tensor.copy_(carried);
    }

    private void CheckNames(ModelArchitecture model, Dictionary<string, long[]> wanted, IEnumerable<string> other)
    {
        List<Func<string>> faults = [.. other.Select(fact => (Func<string>)(() => fact))];              // only some are written out
        foreach (var (name, shape) in wanted)
        {
            if (!weights.Entries.TryGetValue(name, out var found))
            {
                faults.Add(() => $"missing {weights.NameInFile(name)} "
                    + $"[{string.Join(", ", shape)}]{(weights.InPlaceOf(name) is { } other ? $", in its place {other}" : "")}");
            }
            else if (!found.Shape.SequenceEqual(shape) && !model.CarriesOver(name, found.Shape, shape))
            {
                faults.Add(() => $"{weights.NameInFile(name)} is {found.ShapeText}, the model wants [{string.Join(", ", shape)}]");
            }
        }

        foreach (var entry in weights.Entries.Values.Where(
            entry => entry.Name.StartsWith(model.StatePrefix, StringComparison.Ordinal) && !wanted.ContainsKey(entry.Name)))
        {
            faults.Add(() => $"unexpected {weights.NameInFile(entry.Name)} {entry.ShapeText}");
        }

        faults.AddRange(weights.Unknown.Select(name => (Func<string>)(() => $"unexpected {name}")));
        if (faults.Count > 0)
        {
            var more = faults.Count > MaximumListed
                ? $"; and {faults.Count - MaximumListed} more"
                : "";
            var origin = weights.Origin is { } from ? $", read from {from}," : "";
            throw new UserErrorException(
                $"{Path}: its weights{origin} are not those of this model ({faults.Count} "
                + $"differences: {string.Join("; ", faults.Take(MaximumListed).Select(fault => fault()))}{more}). "
                + "Load a checkpoint of the same architecture.");
        }
    }
}
