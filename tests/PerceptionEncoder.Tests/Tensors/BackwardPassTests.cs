using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public class BackwardPassTests
{
    public BackwardPassTests() => TorchRuntime.Initialize();

    [Fact]
    public void A_failure_within_a_function_of_ours_is_an_exception_where_the_pass_began_and_keeps_its_stack()
    {
        using var scope = NewDisposeScope();
        var input = ones(3).requires_grad_();
        var failure = Assert.Throws<ExternalException>(() => BackwardPass.Run(Failing.Apply(input * 2, "no such kernel").sum()));
        Assert.Equal("no such kernel", failure.Message);
        Assert.Contains(nameof(Failing), failure.StackTrace, StringComparison.Ordinal);
        Assert.Null(input.grad);                                // nothing takes half a gradient for a whole one

        BackwardPass.Run((input * 2).sum());                    // and the next pass knows nothing of it
        Assert.Equal(2f, input.grad!.max().item<float>());
    }

    [Fact]
    public void Functions_behind_one_that_failed_are_not_computed()
    {
        using var scope = NewDisposeScope();
        var input = ones(3).requires_grad_();
        var earlier = Failing.Apply(input, "the second failure");
        var failure = Assert.Throws<ExternalException>(() => BackwardPass.Run(Failing.Apply(earlier * 2, "the first failure").sum()));
        Assert.Equal("the first failure", failure.Message);
    }

    [Fact]
    public void A_failure_on_a_thread_of_autograds_reaches_the_pass_that_waits_for_it()
    {
        using var scope = NewDisposeScope();
        var input = ones(3).requires_grad_();
        var output = Failing.Apply(input, "elsewhere", onAnotherThread: true).sum();
        var failure = Assert.Throws<ExternalException>(() => BackwardPass.Run(output));
        Assert.Equal("elsewhere", failure.Message);
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79 GiB\nException raised from malloc")]
    [InlineData("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
    public void Memory_that_is_used_up_is_told_from_other_failures_in_one_line(string message)
    {
        var report = OutOfMemory.Report(new InvalidOperationException("step", TorchFailure.Of(message)));
        Assert.Equal(message.Split('\n')[0], report);
        Assert.Null(OutOfMemory.Report(TorchFailure.Of("mat1 and mat2 shapes cannot be multiplied")));
        Assert.Null(OutOfMemory.Report(new InvalidOperationException("the file is called out of memory.txt")));
    }

    /// <summary>The identity, whose backward throws as TorchSharp does what libtorch throws.</summary>
    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public static Tensor Apply(Tensor input, string message, bool onAnotherThread = false) => apply(input, (message, onAnotherThread));

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("failure", vars[1]);
            ctx.set_materialize_grads(false);
            return ((Tensor)vars[0]).clone();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (message, onAnotherThread) = ((string, bool))ctx.get_data("failure");
            if (!onAnotherThread)
            {
                return BackwardPass.Answer(grad_output, () => throw TorchFailure.Of(message));
            }

            List<Tensor> answer = [];
            var thread = new Thread(() => answer = BackwardPass.Answer(grad_output, () => throw TorchFailure.Of(message)));
            thread.Start();
            thread.Join();
            return answer;
        }
    }
}
