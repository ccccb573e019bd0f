using System.Reflection;
using PerceptionEncoder.Tensors;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("PerceptionEncoder.Tests.IsolatedTests", "PerceptionEncoder.Tests")]

namespace PerceptionEncoder.Tests;

/// <summary>
/// Starts every test with torch's process-wide choices as in a fresh process, whatever the test before it chose: the order of tests decides
/// nothing. Built on the messages that xunit queues in the test's own thread before a test begins.
/// </summary>
public sealed class IsolatedTests(IMessageSink sink) : XunitTestFramework(sink)
{
    /// <summary>Matmul library, threads, determinism and TF32, as a process starts with them.</summary>
    public static void Reset()
    {
        MatmulBackend.Use(CpuMatmul.Mkl);
        TorchRuntime.Threads = Environment.ProcessorCount;
        Determinism.Require(false);
        Tf32.Allow(false);
        TorchSharp.torch.backends.cudnn.allow_tf32 = true;
    }

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName)
        => new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider source, IMessageSink sink)
        : XunitTestFrameworkExecutor(assembly, source, sink)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases,
            IMessageSink executionSink,
            ITestFrameworkExecutionOptions options)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionSink, options);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> cases,
        IMessageSink sink,
        IMessageSink executionSink,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, cases, sink, executionSink, options)
    {
        protected override IMessageBus CreateMessageBus() => new Bus(base.CreateMessageBus());
    }

    private sealed class Bus(IMessageBus inner) : IMessageBus
    {
        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestClassStarting or ITestStarting)
            {
                Reset();
            }

            return inner.QueueMessage(message);
        }

        public void Dispose() => inner.Dispose();
    }
}
