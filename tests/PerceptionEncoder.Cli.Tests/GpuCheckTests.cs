using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>What <c>scripts/gpu-check.sh</c> packs, on a CPU: the script that runs there, with the libtorch of this build.</summary>
public sealed class GpuCheckTests : IDisposable
{
    private static readonly string Built = Path.GetDirectoryName(Repository.Pe)!;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-gpu-check-").FullName;

    private string Pack => Path.Combine(folder, "gpu-check");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_step_is_written_down_with_its_own_result()
    {
        LayOut(linkPe: true);
        var (code, output, error) = Run($"--device cpu --quick --torch {Built} --only link,loss");
        Assert.True(code == 0, output + error);
        using var report = Report();
        var root = report.RootElement;
        Assert.Equal("cpu", root.GetProperty("device").GetString());
        Assert.Equal(Built, root.GetProperty("torch_folder").GetString());
        Assert.True(root.GetProperty("passed").GetBoolean() && root.GetProperty("complete").GetBoolean());
        Assert.Equal(["link", "bench-loss"], Steps(root).Select(step => step.GetProperty("name").GetString()));
        Assert.All(Steps(root), step => Assert.Equal(0, step.GetProperty("exit_code").GetInt32()));
        var (link, loss) = (Steps(root)[0].GetProperty("result"), Steps(root)[1]);
        Assert.Empty(link.GetProperty("missing_libraries").EnumerateArray());
        Assert.Empty(link.GetProperty("missing_symbols").EnumerateArray());
        Assert.StartsWith("pe bench loss", loss.GetProperty("command").GetString(), StringComparison.Ordinal);
        Assert.True(loss.GetProperty("seconds").GetDouble() > 0);
        Assert.Equal(
            loss.GetProperty("result").GetProperty("TiledSeconds").GetDouble(),
            loss.GetProperty("figure").GetProperty("value").GetDouble(),
            0.006);
        Assert.Contains("2 of 2 steps ended well", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_fail_say_why_stop_no_other_and_end_with_2()
    {
        LayOut(linkPe: true);
        var (code, output, _) = Run($"--device cuda:99 --quick --torch {Built} --only link,doctor,optimizer,bench-loss");
        Assert.Equal(2, code);
        using var report = Report();
        var root = report.RootElement;
        Assert.False(root.GetProperty("passed").GetBoolean());
        Assert.True(root.GetProperty("complete").GetBoolean());
        Assert.Equal(4, Steps(root).Length);
        Assert.All(Steps(root), step => Assert.Equal(2, step.GetProperty("exit_code").GetInt32()));
        Assert.Contains("libtorch_cuda.so", Steps(root)[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.All(
            Steps(root)[1..],
            step => Assert.StartsWith("pe: compute.device: cuda:99", step.GetProperty("error").GetString(), StringComparison.Ordinal));
        Assert.Contains("FAILED", output, StringComparison.Ordinal);
        Assert.Contains("0 of 4 steps ended well", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_without_what_is_needed_is_told_by_its_missing_libraries_and_symbols()
    {
        LayOut(linkPe: false);
        var torch = Directory.CreateDirectory(Path.Combine(folder, "torch", "lib")).FullName;
        File.CreateSymbolicLink(Path.Combine(torch, "libc10.so"), Path.Combine(Built, "libc10.so"));
        File.CreateSymbolicLink(Path.Combine(torch, "libtorch_cpu.so"), Path.Combine(Built, "libc10.so"));
        File.WriteAllText(Path.Combine(folder, "torch", "version.py"), "__all__ = ['__version__']\n__version__ = '2.9.1+cu128'\n");
        Assert.Equal(2, Run($"--device cpu --torch {Path.Combine(folder, "torch")} --only link").Code);
        using var report = Report();
        Assert.Equal("2.9.1+cu128", report.RootElement.GetProperty("torch_version").GetString());
        var result = Steps(report.RootElement).Single().GetProperty("result");
        Assert.Contains(result.GetProperty("missing_libraries").EnumerateArray(), name => name.GetString() == "libtorch.so");
        Assert.Contains(
            result.GetProperty("missing_symbols").EnumerateArray(),
            name => name.GetString()!.StartsWith("_ZN", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void PyTorch_that_python_finds_is_taken_with_the_libraries_of_its_other_packages()
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "this machine has no python3");
        LayOut(linkPe: false);
        var site = Path.Combine(folder, "site");
        var torch = Directory.CreateDirectory(Path.Combine(site, "torch", "lib")).FullName;
        var nvidia = Directory.CreateDirectory(Path.Combine(site, "nvidia", "cublas", "lib")).FullName;
        File.WriteAllText(Path.Combine(site, "torch", "__init__.py"), "raise ImportError('never imported')\n");
        File.WriteAllText(Path.Combine(site, "torch", "version.py"), "__version__ = '2.10.0+cu128'\n");
        foreach (var library in Directory.GetFiles(Built, "lib*.so*").Where(path => !path.EndsWith("Sharp.so", StringComparison.Ordinal)))
        {
            var place = Path.GetFileName(library) == "libtorch.so" ? nvidia : torch;
            File.CreateSymbolicLink(Path.Combine(place, Path.GetFileName(library)), library);
        }

        var (code, output, error) = Run("--device cpu --only link", $"PYTHONPATH={site}");
        Assert.True(code == 0, output + error);
        using var report = Report();
        Assert.Equal("2.10.0+cu128", report.RootElement.GetProperty("torch_version").GetString());
        Assert.Equal(torch, report.RootElement.GetProperty("torch_folder").GetString());
    }

    [Fact]
    public void The_card_and_its_driver_are_those_of_the_device()
    {
        LayOut(linkPe: true);
        var programs = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        var driver = Path.Combine(programs, "nvidia-smi");
        File.WriteAllText(driver, "#!/bin/sh\n[ \"$1 $2\" = '-i 7' ] && echo 'NVIDIA \"H100\" 80GB HBM3, 550.54.15'\n");
        Shell($"chmod +x {driver}");
        Run($"--device cuda:1 --torch {Built} --only link", $"PATH={programs}:/usr/bin:/bin CUDA_VISIBLE_DEVICES=2,7");
        using var report = Report();
        Assert.Equal("NVIDIA \"H100\" 80GB HBM3", report.RootElement.GetProperty("card").GetString());
        Assert.Equal("550.54.15", report.RootElement.GetProperty("driver").GetString());
    }

    [Theory]
    [InlineData("--device tpu", "run: --device tpu: must be cuda, cpu")]
    [InlineData("--torch /nowhere", "run: /nowhere has no libtorch_cpu.so")]
    [InlineData("--fast", "run: --fast is not an option")]
    [InlineData("--only", "run: --only needs a value")]
    [InlineData("--device cpu --torch BUILT --only nonsense", "run: --only nonsense: no step has such a name")]
    public void What_cannot_be_run_is_one_line(string options, string line)
    {
        LayOut(linkPe: true);
        var (code, _, error) = Run(options.Replace("BUILT", Built, StringComparison.Ordinal));
        Assert.Equal(2, code);
        Assert.StartsWith(line, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>Minutes: publishes and compresses, then trains and measures without .NET.</summary>
    [SkippableFact]
    public void What_is_packed_is_small_and_runs_every_step_where_no_dotnet_is()
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")),
            "an acceptance run of minutes: set PE_ACCEPTANCE=1");
        var archive = Path.Combine(folder, "gpu-check.tar.xz");
        Assert.Equal(0, Shell($"scripts/gpu-check.sh {archive} && tar -C {folder} -xf {archive}").Code);
        Assert.InRange(new FileInfo(archive).Length, 1, 60_000_000);
        Assert.False(File.Exists(Path.Combine(Pack, "pe", "libtorch_cpu.so")));

        var (code, output, error) = Run($"--device cpu --quick --torch {Built}");
        Assert.True(code == 0, output + error);
        using var report = Report();
        string[] kinds =
            ["link", "doctor", "bench-encode", "train", "step", "optimizer", "loss", "demo-pretrain", "eval-zeroshot", "eval-retrieval"];
        Assert.All(kinds, kind => Assert.Contains(
            Steps(report.RootElement),
            step => step.GetProperty("name").GetString()!.Contains(kind, StringComparison.Ordinal)
                && step.GetProperty("result").ValueKind == JsonValueKind.Object));
    }

    private static JsonElement[] Steps(JsonElement report) => [.. report.GetProperty("steps").EnumerateArray()];

    private static (int Code, string Output, string Error) Shell(string line)
    {
        using var shell = PeProcess.StartFrom(line);
        return shell.Wait();
    }

    /// <summary>Without anything of the environment but the system's own programs.</summary>
    private (int Code, string Output, string Error) Run(string options, string environment = "")
        => Shell($"cd {folder} && env -i PATH=/usr/bin:/bin {environment} bash {Pack}/run --output {folder}/results {options}");

    private JsonDocument Report() => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "results", "gpu-check.json")));

    /// <summary>The folder that the archive would have.</summary>
    /// <param name="linkPe">All of the built command, or nothing but TorchSharp's library, which then finds no libtorch beside it.</param>
    private void LayOut(bool linkPe)
    {
        Directory.CreateDirectory(Pack);
        File.Copy(Path.Combine(Repository.Root, "scripts/gpu-check-run.sh"), Path.Combine(Pack, "run"));
        File.Copy(Path.Combine(Repository.Root, "configs/pretrain/demo.yaml"), Path.Combine(Pack, "demo.yaml"));
        File.WriteAllText(Path.Combine(Pack, "commit"), "0123abc\n");
        var pe = Path.Combine(Pack, "pe");
        if (linkPe)
        {
            Directory.CreateSymbolicLink(pe, Built);
            return;
        }

        Directory.CreateDirectory(pe);
        File.Copy(Path.Combine(Built, "libLibTorchSharp.so"), Path.Combine(pe, "libLibTorchSharp.so"));
    }
}
