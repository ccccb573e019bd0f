using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Linear layers with an activation between them: an exact GELU in the trunk, ReLU in the mask decoder.</summary>
internal sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly bool usesGelu;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<LinearLayer> layers;

    /// <param name="usesGelu">GELU instead of ReLU.</param>
    /// <param name="widths">Channels that enter, of each hidden layer, and that leave.</param>
    public Perceptron(bool usesGelu, params long[] widths)
        : base(nameof(Perceptron))
    {
        this.usesGelu = usesGelu;
        layers = nn.ModuleList(widths.Skip(1).Zip(widths, (output, input) => new LinearLayer(input, output)).ToArray());
        RegisterComponents();
    }

    /// <summary>[..., first width] to [..., last width].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var stream = Affine.Apply(input, layers[0]);
        foreach (var layer in layers.Skip(1))
        {
            stream = Affine.Apply(usesGelu ? stream.gelu_() : stream.relu_(), layer);
        }

        return stream.MoveToOuterDisposeScope();
    }
}
