using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class TorchScriptTests
{
    private static readonly TorchScript Script = new(
        """
        def scaled(tensors: List[Tensor], factor: float) -> List[Tensor]:
            return torch._foreach_mul(tensors, factor)

        def total(tensors: List[Tensor], other: Tensor) -> Tensor:
            result = other.clone()
            for tensor in tensors:
                result += tensor
            return result

        def fill(tensor: Tensor, value: float):
            tensor.fill_(value)

        def fails(tensor: Tensor) -> Tensor:
            return tensor.view(7)

        """);

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    public void Lists_of_any_length_go_there_and_come_back_in_order(int count)
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, count).Select(i => full(2, i)).ToArray();
        Assert.Equal(
            Enumerable.Range(0, count).Select(i => 2.5f * i),
            Script.Call("scaled", tensors, 2.5).Select(tensor => tensor[1].item<float>()));
        var total = Assert.Single(Script.Call("total", tensors, ones(2)));
        Assert.Equal(1 + (count * (count - 1) / 2), total[0].item<float>());
    }

    [Fact]
    public void A_list_of_nothing_is_a_list()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(1, Assert.Single(Script.Call("total", Array.Empty<Tensor>(), ones(2)))[0].item<float>());
    }

    [Fact]
    public void What_returns_nothing_works_in_place_and_leaves_no_tensor()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros(3);
        var before = Tensor.TotalCount;
        Assert.Empty(Script.Call("fill", tensor, 0.1));
        Assert.True(Tensor.TotalCount <= before);
        Assert.Equal([0.1f, 0.1f, 0.1f], tensor.data<float>().ToArray());
    }

    [Fact]
    public void An_error_in_a_script_is_an_exception_and_the_next_call_works()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("view", Assert.ThrowsAny<Exception>(() => Script.Call("fails", zeros(3))).Message, StringComparison.Ordinal);
        Assert.Single(Script.Call("fails", zeros(7)));
        Assert.Throws<ArgumentException>(() => Script.Call("fill", zeros(3), "text"));
    }
}
