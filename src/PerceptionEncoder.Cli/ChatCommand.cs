using System.CommandLine;
using PerceptionEncoder.Tools.Conversation;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe chat</c>: questions and answers in turn, at the terminal or from a file of lines.</summary>
internal static class ChatCommand
{
    private const string Help = "/image FILE shows a picture or a clip, /clear forgets everything, /quit ends; "
        + "Ctrl-C ends an answer, and the program where there is none.";

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Images and clips to begin with.", Arity = ArgumentArity.ZeroOrMore };
        var conversation = new ConversationArguments();
        var command = new Command(
            "chat",
            $"""
            Talk with a language model about images and clips. {Help}

            Example:
              pe chat photo.jpg --checkpoint plm-1b --precision bf16
            """)
        { files };
        conversation.AddTo(command);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            using var model = conversation.Open(result);
            foreach (var file in result.GetValue(files) ?? [])
            {
                model.Show(file, StopSignals.Current.Token);
            }

            Talk(model);
        });
        return command;
    }

    private static void Talk(VisualConversation model)
    {
        if (!Console.IsInputRedirected)
        {
            Console.WriteLine(Help);
        }

        while (Read() is { } line)
        {
            var (word, rest) = line.Trim().Split(' ', 2) is [var first, var second] ? (first, second.Trim()) : (line.Trim(), "");
            try
            {
                switch (word)
                {
                    case "":
                        break;
                    case "/quit" or "/exit":
                        return;
                    case "/clear":
                        model.Clear();
                        break;
                    case "/image" or "/video":
                        model.Show(rest, StopSignals.Current.Token);
                        break;
                    case ['/', ..] when !word[1..].Contains('/', StringComparison.Ordinal):
                        Console.Error.WriteLine(Help);
                        break;
                    default:
                        Answer(model, line.Trim());
                        break;
                }
            }
            catch (UserErrorException failure)
            {
                Console.Error.WriteLine($"pe: {failure.Message}");
            }
        }
    }

    private static string? Read()
    {
        if (!Console.IsInputRedirected)
        {
            Console.Write("> ");
        }

        return Console.In.ReadLine();
    }

    private static void Answer(VisualConversation model, string question)
    {
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(StopSignals.Current.Token);
        StopSignals.Current.Interrupted = () =>
        {
            // A second time it is not the answer that is meant.
            var ends = !answer.IsCancellationRequested;
            answer.Cancel();
            return ends;
        };
        try
        {
            model.Ask(question, Console.Write, answer.Token);
            Console.WriteLine();
        }
        finally
        {
            StopSignals.Current.Interrupted = null;
        }

        StopSignals.Current.Token.ThrowIfCancellationRequested();
    }
}
