using System.Net.Sockets;

namespace PerceptionEncoder.Distributed;

/// <summary>One connection between a rank and the first one, as messages.</summary>
internal sealed class WatchLine : IDisposable
{
    private readonly TcpClient client;
    private readonly StreamReader reader;
    private readonly StreamWriter writer;
    private readonly Lock sending = new();

    public WatchLine(TcpClient client)
    {
        this.client = client;
        client.NoDelay = true;
        client.SendTimeout = 5000;                       // a stopped reader must not stop the watch
        reader = new StreamReader(client.GetStream());
        writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\n" };
    }

    /// <summary>False where the other end is gone.</summary>
    public bool Send(WatchMessage message)
    {
        try
        {
            lock (sending)
            {
                writer.WriteLine(message.Write());
            }

            return true;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The next message; null where the other end is gone or speaks otherwise.</summary>
    public WatchMessage? Receive()
    {
        try
        {
            return reader.ReadLine() is { } line ? WatchMessage.Read(line) : null;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    public void Dispose() => client.Dispose();
}
