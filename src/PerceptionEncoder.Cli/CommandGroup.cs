using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary>
/// A command of commands, such as <c>pe eval</c>. Those below it are made only where the line names it: <c>pe --help</c> and every other
/// command answer sooner.
/// </summary>
internal static class CommandGroup
{
    /// <param name="name">Of the group.</param>
    /// <param name="description">What its commands are for.</param>
    /// <param name="commands">Make them.</param>
    public static Command Of(string name, string description, params IEnumerable<Func<Command>> commands)
    {
        var group = new Command(name, description);
        if (Environment.GetCommandLineArgs().Skip(1).Any(argument => argument == name || argument.StartsWith('[')))       // or a directive
        {
            foreach (var create in commands)
            {
                group.Add(create());
            }
        }

        return group;
    }
}
