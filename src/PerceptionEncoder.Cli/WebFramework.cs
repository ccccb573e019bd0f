using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace PerceptionEncoder.Cli;

/// <summary>
/// ASP.NET Core, for the one command that serves a page. Named as a framework of <c>pe</c> it would have to be installed, and be found at
/// every start, for all the others too.
/// </summary>
internal static class WebFramework
{
    private const string Name = "Microsoft.AspNetCore.App";

    /// <summary>Makes its assemblies known to code that is compiled from here on.</summary>
    /// <exception cref="UserErrorException">It is not installed beside the running runtime.</exception>
    public static void Load()
    {
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var frameworks = Path.Combine(runtime.Parent?.Parent?.FullName ?? "", Name);
        var folder = Folder(frameworks, runtime.Name)
            ?? throw new UserErrorException($"{Name} {Environment.Version.Major}.{Environment.Version.Minor} is not in {frameworks}: "
                + $"this command serves a page with it. Install it (aspnetcore-runtime-{Environment.Version.Major}.0) or the .NET SDK.");
        AssemblyLoadContext.Default.Resolving += (context, name) =>
        {
            var path = Path.Combine(folder, $"{name.Name}.dll");
            return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        };
    }

    /// <summary>That of the runtime's own version, else the newest of the same major and minor.</summary>
    private static string? Folder(string frameworks, string version)
    {
        var own = Path.Combine(frameworks, version);
        if (Directory.Exists(own))
        {
            return own;
        }

        var (major, minor) = (Environment.Version.Major, Environment.Version.Minor);
        return !Directory.Exists(frameworks) ? null
            : Directory.EnumerateDirectories(frameworks)
                .Select(path => (Path: path, Version: Version.TryParse(Path.GetFileName(path), out var parsed) ? parsed : null))
                .Where(found => found.Version?.Major == major && found.Version.Minor == minor)
                .OrderByDescending(found => found.Version).FirstOrDefault().Path;
    }
}
