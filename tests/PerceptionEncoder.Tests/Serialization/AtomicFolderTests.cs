using System.Diagnostics;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tests.Serialization;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string parent = Directory.CreateTempSubdirectory("pe-atomic-").FullName;

    public void Dispose() => Directory.Delete(parent, recursive: true);

    [Fact]
    public void The_final_name_appears_only_when_everything_is_written()
    {
        var path = Path.Combine(parent, "deeper", "step-1");
        AtomicFolder.Write(path, folder =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "inner"));
            File.WriteAllText(Path.Combine(folder, "inner", "a"), "1");
            Assert.False(Directory.Exists(path));
        });
        Assert.Equal("1", File.ReadAllText(Path.Combine(path, "inner", "a")));
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void An_existing_folder_is_replaced_whole()
    {
        var path = Path.Combine(parent, "step-1");
        AtomicFolder.Write(path, folder => File.WriteAllText(Path.Combine(folder, "old"), "1"));
        AtomicFolder.Write(path, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "new"), "2");
            Assert.True(File.Exists(Path.Combine(path, "old")));
        });
        Assert.Equal([Path.Combine(path, "new")], Directory.GetFileSystemEntries(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(parent));
    }

    [Theory]
    [InlineData(typeof(IOException), typeof(UserErrorException))]
    [InlineData(typeof(UnauthorizedAccessException), typeof(UserErrorException))]
    [InlineData(typeof(InvalidOperationException), typeof(InvalidOperationException))]
    public void A_failing_write_leaves_what_was_there_and_nothing_else(Type thrown, Type expected)
    {
        var path = Path.Combine(parent, "step-1");
        AtomicFolder.Write(path, folder => File.WriteAllText(Path.Combine(folder, "old"), "1"));
        var failure = Assert.Throws(expected, () => AtomicFolder.Write(path, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "new"), "2");
            throw (Exception)Activator.CreateInstance(thrown, "No space left on device")!;
        }));
        Assert.Contains("No space left on device", failure.Message, StringComparison.Ordinal);
        Assert.Equal(expected == typeof(UserErrorException), failure.Message.StartsWith(path, StringComparison.Ordinal));
        Assert.Equal("1", File.ReadAllText(Path.Combine(path, "old")));
        Assert.Equal([path], Directory.GetFileSystemEntries(parent));
    }

    [Fact]
    public void A_place_that_cannot_hold_a_folder_is_the_users_error()
    {
        var file = Path.Combine(parent, "file");
        File.WriteAllText(file, "");
        Assert.StartsWith(
            Path.Combine(file, "step-1"),
            Assert.Throws<UserErrorException>(() => AtomicFolder.Write(Path.Combine(file, "step-1"), _ => { })).Message,
            StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => AtomicFolder.Write(file, _ => { }));
        Assert.Equal([file], Directory.GetFileSystemEntries(parent));
    }

    [SkippableFact]
    public void A_killed_writer_leaves_no_final_name_and_the_next_write_clears_up()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "kills a process by signal");
        var path = Path.Combine(parent, "step-1");
        string leftover = "";
        AtomicFolder.Write(path, folder => leftover = folder);
        Directory.Delete(path);

        // What a process leaves that is killed in the middle: a filled folder under the temporary name.
        using var killed = Process.Start("/bin/sh", ["-c", $"mkdir '{leftover}' && echo half > '{leftover}/half' && kill -9 $$"]);
        killed.WaitForExit();
        Assert.True(File.Exists(Path.Combine(leftover, "half")));

        AtomicFolder.Write(Path.Combine(parent, "step-2"), folder => File.WriteAllText(Path.Combine(folder, "a"), "1"));
        Assert.Equal([Path.Combine(parent, "step-2")], Directory.GetFileSystemEntries(parent));
    }

    [SkippableFact]
    public void A_full_disk_is_the_users_error()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        var path = Path.Combine(parent, "step-1");
        var failure = Assert.Throws<UserErrorException>(() => AtomicFolder.Write(path, _ =>
        {
            using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            stream.Write(new byte[1]);
            stream.Flush();
        }));
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(parent));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_under_a_temporary_name_is_not_written_through(bool dangling)
    {
        var others = Directory.CreateDirectory(Path.Combine(parent, "others")).FullName;
        var (folder, file) = (Path.Combine(others, "folder"), Path.Combine(others, "file"));
        if (!dangling)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "theirs"), "1");
            File.WriteAllText(file, "theirs");
        }

        foreach (var name in new[] { "step-1", "other" })
        {
            Directory.CreateSymbolicLink(Path.Combine(parent, AtomicFolder.IncompleteMark + name), folder);
        }

        File.CreateSymbolicLink(Path.Combine(parent, AtomicFolder.IncompleteMark + "step-2"), file);
        File.CreateSymbolicLink(Path.Combine(parent, AtomicFolder.IncompleteMark + "latest"), file);
        AtomicFolder.Write(Path.Combine(parent, "step-1"), target => File.WriteAllText(Path.Combine(target, "ours"), "1"));
        AtomicFolder.Write(Path.Combine(parent, "step-2"), target => File.WriteAllText(Path.Combine(target, "ours"), "1"));
        AtomicFile.WriteAllText(Path.Combine(parent, "latest"), "ours");

        Assert.Equal(
            dangling ? [] : [file, folder, Path.Combine(folder, "theirs")],
            Directory.GetFileSystemEntries(others, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.Equal(dangling ? "" : "theirs", dangling ? "" : File.ReadAllText(file));
        Assert.True(File.Exists(Path.Combine(parent, "step-1/ours")) && File.Exists(Path.Combine(parent, "step-2/ours")));
        Assert.Equal("ours", File.ReadAllText(Path.Combine(parent, "latest")));
        Assert.Null(new FileInfo(Path.Combine(parent, "latest")).LinkTarget);
    }

    [Fact]
    public void A_link_under_the_final_name_is_replaced_and_what_it_points_at_stays()
    {
        var theirs = Directory.CreateDirectory(Path.Combine(parent, "theirs")).FullName;
        File.WriteAllText(Path.Combine(theirs, "a"), "1");
        Directory.CreateSymbolicLink(Path.Combine(parent, "step-1"), theirs);
        AtomicFolder.Write(Path.Combine(parent, "step-1"), target => File.WriteAllText(Path.Combine(target, "ours"), "1"));
        Assert.Equal(["ours"], Directory.GetFiles(Path.Combine(parent, "step-1")).Select(Path.GetFileName));
        Assert.Equal([Path.Combine(theirs, "a")], Directory.GetFileSystemEntries(theirs));
    }

    [Fact]
    public void A_file_is_replaced_whole_or_stays()
    {
        var path = Path.Combine(parent, "latest");
        AtomicFile.WriteAllText(path, "step-1\n");
        AtomicFile.WriteAllText(path, "step-2 größer\n");
        Assert.Equal("step-2 größer\n", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(parent));

        Directory.CreateDirectory(Path.Combine(parent, "folder", "inner"));
        Assert.Throws<UserErrorException>(() => AtomicFile.WriteAllText(Path.Combine(parent, "folder"), "x"));
        Assert.Throws<UserErrorException>(() => AtomicFile.WriteAllText(Path.Combine(parent, "absent", "latest"), "x"));
        Assert.Equal([Path.Combine(parent, "folder"), path], Directory.GetFileSystemEntries(parent).Order(StringComparer.Ordinal));
    }
}
