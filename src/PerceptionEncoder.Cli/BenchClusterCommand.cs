using System.CommandLine;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench cluster</c>: k-means on batches, beside passes over all rows.</summary>
internal static class BenchClusterCommand
{
    public static Command Create()
    {
        var rows = Number("--rows", "Vectors.", 100_000);
        var features = Number("--features", "Numbers of a vector.", 1024);
        var clusters = Number("--clusters", "Centres; 0: the root of the rows.", 0);
        var passes = Number("--passes", "Passes over all rows to compare with.", 10);
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "cluster",
            "k-means of random vectors around hidden centres: on batches, and by passes over all rows.\n\n"
            + "Example:\n  pe bench cluster --rows 20000 --features 256")
        {
            rows, features, clusters, passes,
        };
        computing.AddTo(command, isFloat32: true);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = ClusterBenchmark.Run(
                result.GetValue(rows),
                result.GetValue(features),
                result.GetValue(clusters),
                result.GetValue(passes),
                computing.Read(result),
                StopSignals.Current.Token);
            Console.WriteLine(Invariant($"on batches: {measured.Seconds:F1} s, mean cosine {measured.Cosine:F4}; ")
                + Invariant($"a look at all rows takes {measured.LookSeconds:F2} s"));
            Console.WriteLine(Invariant($"by passes: {measured.PassSeconds:F1} s, mean cosine {measured.PassCosine:F4}; ")
                + Invariant($"hidden centres {measured.HiddenCosine:F4}"));
            CommonOptions.WriteJson(result.GetValue(json), measured);
        });
        return command;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static Option<int> Number(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };
}
