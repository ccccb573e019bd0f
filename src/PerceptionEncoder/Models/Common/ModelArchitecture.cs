using System.Globalization;
using PerceptionEncoder.Serialization.NameMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// The shape of one model of a family: what it is built from, which tensors it has and how they are told, carried over and counted.
/// </summary>
public abstract record ModelArchitecture
{
    /// <summary>Name of the metadata entry that holds <see cref="Write"/>'s text, so that a weights file alone says what it is.</summary>
    public const string MetadataKey = "architecture";

    /// <summary>What stands before the published names of a part that is built alone; empty of a whole model.</summary>
    public virtual string StatePrefix => "";

    /// <summary>The layout of names that training and averaging write.</summary>
    public abstract NameMap OwnLayout { get; }

    /// <summary>Metadata of a weights file that holds this model.</summary>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string> { [MetadataKey] = Write() };

    /// <summary>Trainable numbers in all.</summary>
    public long ParameterCount => ParameterCounts().Sum(part => part.Count);

    /// <summary>JSON from which the family reads the same architecture again.</summary>
    public abstract string Write();

    /// <summary>The model with fresh weights, drawn from torch's generator in a fixed order.</summary>
    public abstract nn.Module Build();

    /// <summary>Every tensor of the state dict by published name, with its shape; nothing is allocated.</summary>
    public abstract IEnumerable<(string Name, long[] Shape)> Tensors();

    /// <summary>Trainable numbers of each part, such as <c>vision</c>; nothing is allocated and no native library is loaded.</summary>
    public abstract IEnumerable<(string Part, long Count)> ParameterCounts();

    /// <summary>Trainable numbers of the parts, in words: "1,024 parameters of vision, 512 of text".</summary>
    public string DescribeParameters()
        => string.Join(", ", ParameterCounts().Where(part => part.Count > 1)
            .Select((part, index) => string.Create(
                CultureInfo.InvariantCulture,
                $"{part.Count:N0} {(index == 0 ? "parameters " : "")}of {part.Part}")));

    /// <summary>
    /// Layers between a parameter and the top of its part, 0 for all behind the last layer: what layer-wise rates count by.
    /// </summary>
    /// <param name="parameter">State-dict name.</param>
    public abstract int LayersFromTop(string parameter);

    /// <summary>Whether a tensor of another shape becomes this model's by <see cref="Carry"/>, such as positions of another grid.</summary>
    /// <param name="name">State-dict name.</param>
    /// <param name="from">Shape of the tensor that is there.</param>
    /// <param name="to">Shape in this model.</param>
    public abstract bool CarriesOver(string name, IReadOnlyList<long> from, IReadOnlyList<long> to);

    /// <summary>
    /// Copies a tensor into this model's of the same name; positions of another grid are interpolated [2.1, progressive resolution].
    /// </summary>
    /// <param name="name">State-dict name, or one that ends in it, such as that of an optimiser moment.</param>
    /// <param name="source">Of the same shape, or one that carries over.</param>
    /// <param name="target">Filled in place.</param>
    public abstract void Carry(string name, Tensor source, Tensor target);

    /// <summary>
    /// What no tensor shows, by the config's keys: weights of one model load into another that differs in these without a word.
    /// </summary>
    public abstract IReadOnlyList<(string Key, string Value)> Unseen();

    /// <summary>
    /// Each fact in which a model's function differs from this one's, with both values. Input size and what training alone leaves out are
    /// none.
    /// </summary>
    /// <param name="other">The other model.</param>
    /// <param name="here">What this one is called, such as "in the file".</param>
    /// <param name="there">What the other is called.</param>
    public abstract IEnumerable<string> Differences(ModelArchitecture other, string here, string there);

    /// <summary>Why no model is of this architecture; null where one can be.</summary>
    public abstract string? FindProblem();

    /// <summary>The same model on another input size.</summary>
    /// <param name="imageSize">Side of the square input in pixels; null for the model's own.</param>
    /// <exception cref="UserErrorException">No such input is possible.</exception>
    public abstract ModelArchitecture At(int? imageSize);

    /// <summary>The published model of this shape, and the shape in words.</summary>
    public abstract string Describe();

    /// <summary>A layout that this model can be written in.</summary>
    /// <param name="name">One of the family's layouts.</param>
    /// <param name="path">Of the model's file, for messages.</param>
    /// <exception cref="UserErrorException">The layout has no place for such a model.</exception>
    public abstract NameMap LayoutNamed(string name, string path);

    /// <summary>What a file of a layout keeps of this model.</summary>
    public abstract ModelArchitecture KeptBy(NameMap layout);

    /// <summary>What one must know to use a file of this model in a layout's own software; null where there is nothing.</summary>
    public abstract string? NoteOn(NameMap layout);

    /// <summary>What lies beside a weights file in a layout, because the layout's own software needs it.</summary>
    public virtual IReadOnlyList<(string FileName, string Text)> Companions(NameMap layout) => [];
}
