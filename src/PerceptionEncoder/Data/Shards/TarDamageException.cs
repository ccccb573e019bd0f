namespace PerceptionEncoder.Data.Shards;

/// <summary>A tar that cannot be read on from here. The message says what is wrong; whoever knows the path adds it.</summary>
internal sealed class TarDamageException(string message) : Exception(message);
