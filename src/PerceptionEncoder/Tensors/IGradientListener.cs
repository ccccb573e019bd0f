using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Is told how far a backward pass has come.</summary>
internal interface IGradientListener
{
    /// <summary>A graph through a module has been made.</summary>
    void WillPass(nn.Module module);

    /// <summary>Its backward pass is through; on a thread of autograd's where a GPU computes.</summary>
    void Passed(nn.Module module);
}
