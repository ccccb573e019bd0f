using PerceptionEncoder.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace PerceptionEncoder.Cli;

/// <summary>Keeps secrets of the environment out of what is logged, on whichever sink.</summary>
internal sealed class SecretConcealing : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var (name, value) in logEvent.Properties.ToArray())
        {
            if (value is ScalarValue { Value: string text } && Secrets.Conceal(text) is var concealed && concealed != text)
            {
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(concealed)));
            }
        }
    }
}
