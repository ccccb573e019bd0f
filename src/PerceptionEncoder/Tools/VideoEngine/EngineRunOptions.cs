using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>Name and place of a run of the video engine.</summary>
public sealed record EngineRunOptions
{
    /// <summary>Name of the folder with the state (<c>engine.sqlite</c>) and the shards.</summary>
    [RegularExpression(FolderName.Pattern, ErrorMessage = FolderName.Problem)]
    public required string Name { get; init; }

    /// <summary>Folder that holds it, relative to the working directory.</summary>
    public string Output { get; init; } = "runs";
}
