using System.Diagnostics;
using System.Text.RegularExpressions;
using PerceptionEncoder.Distributed;
using YamlDotNet.RepresentationModel;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>The scripts of <c>scripts/launch</c>, with programs that say what they were started with in the place of <c>pe</c>.</summary>
public sealed partial class LaunchScriptTests : IDisposable
{
    private static readonly string Scripts = Path.Combine(RepositoryPaths.Root, "scripts/launch");

    private readonly string folder = Directory.CreateTempSubdirectory("pe-launch-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("mpirun.sh")]
    [InlineData("mpirun-hosts.sh")]
    [InlineData("rank.sh")]
    [InlineData("slurm.sbatch")]
    public void Every_script_is_bash_without_errors(string script)
        => Assert.Equal((0, "", ""), Run(["-n", Path.Combine(Scripts, script)]));

    [Theory]
    [InlineData("mpirun (Open MPI) 4.1.4", "mpirun -n 3 --map-by slot:PE=5 --bind-to core .*/rank.sh pe ")]
    [InlineData("HYDRA build details:", "mpirun -n 3 -bind-to core:5 pe ")]
    public void One_host_starts_ranks_of_bound_cores_that_resume(string version, string line)
    {
        Program("mpirun", $"echo '{version}'");
        var (code, output, error) = Run(
            [Path.Combine(Scripts, "mpirun.sh"), "run.yaml", "--set", "run.name=two words"],
            ("DRY_RUN", "1"), ("RANKS", "3"), ("CORES", "5"), ("PE", "pe"));
        Assert.True(code == 0, error);
        Assert.Matches(
            $@"^{line}pretrain --config run\.yaml --resume --set run\.name=two\\ words $", output.TrimEnd('\n'));
    }

    [Theory]
    [InlineData("mpirun (Open MPI) 4.1.4", "mpirun -n 12 --map-by slot:PE=4 --bind-to core --host a:8\\\\,b:4 .*-x PE_VOCAB .*rank.sh pe ")]
    [InlineData("HYDRA build details:", "mpirun -n 12 -bind-to core:4 -hosts a:8\\\\,b:4 -envall pe ")]
    public void Several_hosts_get_their_ranks_and_the_environment(string version, string line)
    {
        Program("mpirun", $"echo '{version}'");
        var (code, output, error) = Run(
            [Path.Combine(Scripts, "mpirun-hosts.sh"), "run.yaml"],
            ("DRY_RUN", "1"), ("HOSTS", "a:8,b:4"), ("CORES", "4"), ("PE", "pe"), ("PE_VOCAB", "x"), ("COMMAND", "distill"));
        Assert.True(code == 0, error);
        Assert.Matches($@"^{line}distill --config run\.yaml --resume ", output);
        Assert.DoesNotContain("HOSTS", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mpirun.sh", "", "usage: mpirun.sh CONFIG")]
    [InlineData("mpirun.sh", "--set", "usage: mpirun.sh CONFIG")]
    [InlineData("mpirun-hosts.sh", "run.yaml", "launch: HOSTS='a,b' must be host:ranks")]
    [InlineData("slurm.sbatch", "", "usage: sbatch slurm.sbatch CONFIG")]
    public void What_a_script_cannot_start_is_one_line(string script, string argument, string says)
    {
        var (code, output, error) = Run(
            [Path.Combine(Scripts, script), .. argument.Length > 0 ? [argument] : Array.Empty<string>()], ("HOSTS", "a,b"));
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(says, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_mpirun_is_told_how_to_get_one()
    {
        var (code, _, error) = Run([Path.Combine(Scripts, "mpirun.sh"), "run.yaml"], ("MPIRUN", "no-such-mpirun"));
        Assert.Equal(2, code);
        Assert.Contains("apt-get install", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>With the real mpirun, where there is one.</summary>
    [SkippableTheory]
    [InlineData("mpirun.openmpi")]
    [InlineData("mpirun.mpich")]
    public void A_signal_to_the_launcher_lets_every_rank_save_before_it_ends(string mpirun)
    {
        Skip.IfNot(
            Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(path => File.Exists(Path.Combine(path, mpirun))),
            $"{mpirun} is not installed");
        var pe = Program("pe", $$"""
            trap 'sleep 2; touch {{folder}}/saved-$$; exit 143' TERM
            touch {{folder}}/began-$$
            while :; do sleep 0.1; done
            """);
        using var job = Process.Start(Bash(
            [Path.Combine(Scripts, "mpirun.sh"), "run.yaml"], ("MPIRUN", mpirun), ("RANKS", "2"), ("CORES", "0"), ("PE", pe)))!;
        var clock = Stopwatch.StartNew();
        while (Directory.GetFiles(folder, "began-*").Length < 2)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60) && !job.HasExited, "the ranks did not begin");
            Thread.Sleep(50);
        }

        using (var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {job.Id}"]))
        {
            kill.WaitForExit();
        }

        Assert.True(job.WaitForExit(TimeSpan.FromSeconds(60)), "the launcher did not end");
        Assert.Equal(143, job.ExitCode);
        Assert.Equal(2, Directory.GetFiles(folder, "saved-*").Length);
    }

    [Fact]
    public void Slurm_is_asked_for_a_warning_another_turn_and_the_ranks_of_each_node()
    {
        var text = File.ReadAllText(Path.Combine(Scripts, "slurm.sbatch"));
        var directives = Directive().Matches(text).Select(match => match.Groups[1].Value).ToArray();
        Assert.Contains("signal=TERM@120", directives);
        Assert.Contains("requeue", directives);
        Assert.Contains(directives, directive => directive.StartsWith("time=", StringComparison.Ordinal));
        Assert.Contains(directives, directive => directive.StartsWith("ntasks-per-node=", StringComparison.Ordinal));
        Assert.Contains(directives, directive => directive.StartsWith("cpus-per-task=", StringComparison.Ordinal));

        // Slurm reads them up to the first command.
        Assert.True(text.LastIndexOf("#SBATCH", StringComparison.Ordinal) < text.IndexOf("\nset ", StringComparison.Ordinal));
        var (code, output, error) = Run([Path.Combine(Scripts, "slurm.sbatch"), "run.yaml"], ("DRY_RUN", "1"));
        Assert.True(code == 0, error);
        Assert.Matches("^srun --mpi=pmix .* pe pretrain --config run.yaml --resume ", output);
    }

    [Theory]
    [InlineData(143, "RUNNING", true)]
    [InlineData(143, "CANCELLED", false)]
    [InlineData(2, "RUNNING", false)]
    [InlineData(0, "RUNNING", false)]
    public void A_job_that_was_told_of_its_time_is_queued_again_and_one_that_failed_or_was_cancelled_is_not(
        int ranks, string state, bool queued)
    {
        Program("srun", $"exit {ranks}");
        Program("squeue", $"echo {state}");
        Program("scontrol", $"echo \"$@\" >> {folder}/asked");
        var (code, _, _) = Run(
            [Path.Combine(Scripts, "slurm.sbatch"), "run.yaml"], ("SLURM_JOB_ID", "7"), ("SLURM_JOB_NODELIST", "a"));
        Assert.Equal(ranks, code);
        Assert.Equal(queued, File.ReadAllText(Path.Combine(folder, "asked")).Contains("requeue 7", StringComparison.Ordinal));
    }

    [Fact]
    public void An_MPI_job_of_Kubernetes_starts_as_many_ranks_as_its_workers_have_slots()
    {
        var job = Assert.Single(Documents("kubernetes-mpijob.yaml"));
        Assert.Equal(("kubeflow.org/v2beta1", "MPIJob"), (Text(job, "apiVersion"), Text(job, "kind")));
        var spec = job["spec"];
        var container = spec["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0];
        string[] arguments = [.. ((YamlSequenceNode)container["args"]).Select(node => ((YamlScalarNode)node).Value!)];
        var workers = int.Parse(Text(spec["mpiReplicaSpecs"]["Worker"], "replicas"));
        Assert.Equal($"{workers * int.Parse(Text(spec, "slotsPerWorker"))}", arguments[Array.IndexOf(arguments, "-n") + 1]);
        Assert.Equal(["pe", "pretrain", "--config", "/shared/run.yaml", "--resume"], arguments[^5..]);

        // What is passed on is what is set.
        var passed = arguments.Index().Where(entry => entry.Item == "-x").Select(entry => arguments[entry.Index + 1]);
        Assert.Equal(((YamlSequenceNode)container["env"]).Select(entry => Text(entry, "name")), passed);
    }

    [Fact]
    public void An_indexed_job_of_Kubernetes_gives_each_rank_its_number_and_passes_a_signal_on()
    {
        var documents = Documents("kubernetes-torchrun.yaml");
        Assert.Equal(["Service", "Job"], documents.Select(document => Text(document, "kind")));
        var (service, job) = (documents[0], documents[1]);
        var pod = job["spec"]["template"]["spec"];
        var container = pod["containers"][0];
        var environment = ((YamlSequenceNode)container["env"]).ToDictionary(entry => Text(entry, "name"), entry => Text(entry, "value"));
        var (name, domain) = (Text(job["metadata"], "name"), Text(pod, "subdomain"));
        Assert.Equal(Text(service["metadata"], "name"), domain);
        Assert.Equal($"{name}-0.{domain}", environment["MASTER_ADDR"]);
        Assert.Equal(environment["MASTER_PORT"], Text(service["spec"]["ports"][0], "port"));
        var (world, local) = (int.Parse(environment["WORLD_SIZE"]), int.Parse(environment["LOCAL_WORLD_SIZE"]));
        Assert.Equal(int.Parse(Text(job["spec"], "completions")) * local, world);
        Assert.Equal($"{local}", Text(container["resources"]["limits"], "nvidia.com/gpu"));

        string[] own = ["RANK", "LOCAL_RANK", .. environment.Keys.Where(name => !name.StartsWith("PE_", StringComparison.Ordinal))];
        Assert.Empty(own.Except(LaunchEnvironment.Variables));

        Program("pe", $"""
            trap 'sleep 0.5; exit 143' TERM
            echo "$RANK $WORLD_SIZE $LOCAL_RANK $MASTER_ADDR:$MASTER_PORT $*" > {folder}/rank-$RANK
            [ $RANK -lt 30 ] || exit 0
            while :; do sleep 0.1; done
            """);
        var script = ((YamlScalarNode)container["args"][0]).Value!;
        using var ranks = Process.Start(Bash(
            ["-c", script], [.. environment.Select(entry => (entry.Key, entry.Value)), ("JOB_COMPLETION_INDEX", "3")]))!;
        var clock = Stopwatch.StartNew();
        while (Directory.GetFiles(folder, "rank-*").Count(file => new FileInfo(file).Length > 0) < local)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "the ranks did not begin");
            Thread.Sleep(50);
        }

        using (var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {ranks.Id}"]))
        {
            kill.WaitForExit();
        }

        Assert.True(ranks.WaitForExit(TimeSpan.FromSeconds(60)), "the pod did not end");
        Assert.Equal(143, ranks.ExitCode);
        for (var rank = 0; rank < local; rank++)
        {
            Assert.Equal(
                $"{(3 * local) + rank} {world} {rank} {name}-0.{domain}:29500 pretrain --config /shared/run.yaml --resume",
                File.ReadAllText(Path.Combine(folder, $"rank-{(3 * local) + rank}")).TrimEnd());
        }
    }

    /// <summary>A program of a name, found before all others.</summary>
    private string Program(string name, string script)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
        using var mark = Process.Start("chmod", ["+x", path]);
        mark.WaitForExit();
        return path;
    }

    private (int Code, string Output, string Error) Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Process.Start(Bash(arguments, environment))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "the script did not end");
        return (process.ExitCode, output.Result, error.Result);
    }

    private ProcessStartInfo Bash(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{folder}:{start.Environment["PATH"]}";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static YamlNode[] Documents(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Path.Combine(Scripts, file));
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static string Text(YamlNode node, string key) => ((YamlScalarNode)node[key]).Value!;

    [GeneratedRegex(@"^#SBATCH --(\S+)$", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
