using System.Runtime.InteropServices;
using CsCheck;
using PerceptionEncoder.Serialization.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Features;

public sealed class FeatureFileTests : IDisposable
{
    private readonly FeatureFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_npy_file_holds_the_rows_and_its_keys_stand_beside_it()
    {
        var path = folder.PathOf("deeper/f.npy");
        FeatureFolder.WriteWhole(path, inputs: 10);
        var (type, shape, data) = FeatureFolder.ReadNpy(path);
        Assert.Equal("<f4", type);
        Assert.Equal([7, 2, 3], shape);
        Assert.Equal(FeatureFolder.ExpectedNumbers(10), MemoryMarshal.Cast<byte, float>(data).ToArray());
        Assert.Equal(FeatureFolder.ExpectedKeys(10), File.ReadAllLines(path + ".keys.txt"));
        Assert.Equal(
            ["f.npy", "f.npy.keys.txt"],
            Directory.GetFiles(folder.PathOf("deeper")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_safetensors_file_holds_one_table_and_names_the_file_of_its_keys()
    {
        var path = folder.PathOf("f.safetensors");
        FeatureFolder.WriteWhole(path, inputs: 10);
        var (shape, numbers, keysFile) = FeatureFolder.ReadSafetensors(path);
        Assert.Equal([7, 2, 3], shape);
        Assert.Equal(FeatureFolder.ExpectedNumbers(10), numbers);
        Assert.Equal(FeatureFolder.ExpectedKeys(10), File.ReadAllLines(folder.PathOf(keysFile)));
        Assert.Equal(["f.safetensors", "f.safetensors.keys.txt"], folder.Names());
    }

    [Fact]
    public async Task A_parquet_file_holds_keys_and_rows_as_columns()
    {
        var path = folder.PathOf("f.parquet");
        FeatureFolder.WriteWhole(path, inputs: 10);
        var (keys, numbers, _, rowShape) = await FeatureFolder.ReadParquet(path);
        Assert.Equal(FeatureFolder.ExpectedKeys(10), keys);
        Assert.Equal(FeatureFolder.ExpectedNumbers(10), numbers);
        Assert.Equal("[2, 3]", rowShape);
        Assert.Equal(["f.parquet"], folder.Names());
    }

    [Fact]
    public async Task A_long_parquet_file_is_written_in_several_groups()
    {
        const int Rows = 400_000; // of 6 numbers: more than the 2^21 numbers of one group
        var path = folder.PathOf("f.parquet");
        using (var file = FeatureFolder.Open(path))
        {
            using var rows = arange(Rows * 6, float32).reshape([Rows, .. FeatureFolder.RowShape]);
            file.Append([.. Enumerable.Range(0, Rows).Select(i => $"{i}")], rows, Rows);
            file.Complete(Rows);
        }

        var (keys, numbers, groups, _) = await FeatureFolder.ReadParquet(path);
        Assert.Equal(2, groups);
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => $"{i}"), keys);
        Assert.Equal(Enumerable.Range(0, Rows * 6).Select(i => (float)i), numbers);
    }

    [Theory]
    [InlineData("f.npy")]
    [InlineData("f.safetensors")]
    public void Numbers_are_rounded_to_float16_where_that_is_asked_for(string name)
    {
        using (var file = FeatureFolder.Open(folder.PathOf(name), type: ScalarType.Float16))
        {
            FeatureFolder.Append(file, 10, 7);
            file.Complete(10);
        }

        Assert.Equal(FeatureFolder.ExpectedNumbers(10), name == "f.npy"
            ? MemoryMarshal.Cast<byte, Half>(FeatureFolder.ReadNpy(folder.PathOf(name)).Data).ToArray().Select(number => (float)number)
            : FeatureFolder.ReadSafetensors(folder.PathOf(name)).Numbers);
    }

    [Theory]
    [InlineData("f.npy")]
    [InlineData("f.safetensors")]
    [InlineData("f.parquet")]
    public void However_a_run_is_interrupted_the_file_has_the_same_bytes(string name)
    {
        var sessions = Gen.Select(Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 200]).Array[0, 5];
        Gen.Select(Gen.Long[0, 30], Gen.Int[1, 5], sessions).Sample(
            (inputs, batch, interruptions) =>
            {
                using var here = new FeatureFolder();
                FeatureFolder.WriteWhole(here.PathOf(name), inputs, batch);
                string[] expected = Contents(here);

                using var there = new FeatureFolder();
                var path = there.PathOf(name);
                foreach (var (batches, stopped, torn) in interruptions)
                {
                    using (var file = FeatureFolder.Open(path))
                    {
                        var before = file.Rows;
                        for (var i = 0; i < batches; i++)
                        {
                            FeatureFolder.Append(file, inputs, batch);
                        }

                        if (stopped && file.Rows > before)
                        {
                            file.Flush();
                        }
                    }

                    // A kill in the middle of a write: bytes that no journal speaks of.
                    foreach (var partial in new[] { path + ".partial", path + ".partial.keys" }.Where(File.Exists))
                    {
                        using var stream = new FileStream(partial, FileMode.Append);
                        stream.Write(new byte[torn]);
                    }
                }

                FeatureFolder.WriteWhole(path, inputs, batch);
                Assert.Equal(expected, Contents(there));
            },
            iter: 60,
            threads: 1);

        static string[] Contents(FeatureFolder folder)
            => [.. folder.Names().Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(folder.PathOf(file)))}")];
    }

    [Theory]
    [InlineData("f.npy")]
    [InlineData("f.parquet")]
    public void A_run_that_was_killed_between_its_last_renames_is_finished_by_the_next(string name)
    {
        var path = folder.PathOf(name);
        FeatureFolder.WriteWhole(path, 10);
        var finished = folder.Names().ToDictionary(file => file, file => File.ReadAllBytes(folder.PathOf(file)));
        using (var again = FeatureFolder.Open(path))
        {
            FeatureFolder.Append(again, 10, 7);
            again.Flush();
            File.Copy(path + ".partial.json", folder.PathOf("journal"));
        }

        var complete = File.ReadAllText(folder.PathOf("journal"))
            .Replace("\"inputs\":9", "\"inputs\":10", StringComparison.Ordinal)
            .Replace("\"complete\":false", "\"complete\":true", StringComparison.Ordinal);
        File.Delete(folder.PathOf("journal"));
        string[] moves = [".keys.txt", ""];
        for (var done = name == "f.npy" ? 0 : 2; done <= 2; done++)
        {
            File.Delete(path + ".partial");
            File.Delete(path + ".partial.keys");
            File.WriteAllText(path + ".partial.json", complete);
            foreach (var left in moves[done..])
            {
                File.Move(path + left, path + (left == "" ? ".partial" : ".partial.keys"));
            }

            using var file = FeatureFolder.Open(path);
            Assert.True(file.IsComplete);
            Assert.Equal((7, 10), (file.Rows, file.Inputs));
            Assert.Equal(finished.Keys, folder.Names());
            Assert.All(finished, pair => Assert.Equal(pair.Value, File.ReadAllBytes(folder.PathOf(pair.Key))));
        }
    }

    [Fact]
    public void What_was_under_the_final_name_stays_until_the_new_file_is_complete()
    {
        var path = folder.PathOf("f.npy");
        File.WriteAllText(path, "old");
        using var file = FeatureFolder.Open(path);
        FeatureFolder.Append(file, 10, 4);
        file.Flush();
        Assert.Equal("old", File.ReadAllText(path));
        file.Complete(10);
        Assert.Equal([4, 2, 3], FeatureFolder.ReadNpy(path).Shape);
    }

    [Fact]
    public void Rows_of_another_run_are_neither_mixed_in_nor_overwritten()
    {
        var path = folder.PathOf("f.npy");
        using (var file = FeatureFolder.Open(path))
        {
            FeatureFolder.Append(file, 10, 4);
            file.Flush();
        }

        var before = File.ReadAllBytes(path + ".partial");
        AssertOneLine(
            Assert.Throws<UserErrorException>(() => FeatureFolder.Open(path, "weights 2, inputs 2")),
            path,
            "Delete",
            "another output");
        AssertOneLine(
            Assert.Throws<UserErrorException>(() => FeatureFile.Open(path, ScalarType.Float32, [6], FeatureFolder.Fingerprint)),
            path,
            "Delete");
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(path, type: ScalarType.Float16)), path, "Delete");
        Assert.Equal(before, File.ReadAllBytes(path + ".partial"));
        using var resumed = FeatureFolder.Open(path);
        Assert.Equal(4, resumed.Rows);
    }

    [Fact]
    public void Two_processes_do_not_write_one_file()
    {
        using var file = FeatureFolder.Open(folder.PathOf("f.npy"));
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(folder.PathOf("f.npy"))), "f.npy");
    }

    [Theory]
    [InlineData(".partial")]
    [InlineData(".partial.keys")]
    public void Partial_files_that_were_cut_are_refused(string cut)
    {
        var path = folder.PathOf("f.npy");
        using (var file = FeatureFolder.Open(path))
        {
            FeatureFolder.Append(file, 10, 4);
            file.Flush();
        }

        using (var stream = new FileStream(path + cut, FileMode.Open))
        {
            stream.SetLength(stream.Length - 1);
        }

        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(path)), path, "Delete");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void A_damaged_journal_is_refused_in_one_line(string text)
    {
        File.WriteAllText(folder.PathOf("f.npy.partial.json"), text);
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(folder.PathOf("f.npy"))), "f.npy.partial.json", "Delete");
    }

    [Fact]
    public void Rows_of_an_earlier_session_are_read_back_with_their_keys_and_can_be_thrown_away()
    {
        var path = folder.PathOf("f.npy");
        using var rows = arange(5 * 6, float32).reshape([5, .. FeatureFolder.RowShape]);
        using (var file = FeatureFolder.Open(path))
        {
            file.Append(["a", "b\n", "c", "d", "e"], rows, 7);
            file.Flush();
        }

        using var again = FeatureFolder.Open(path);
        var parts = again.ReadBack(2).ToArray();
        Assert.Equal(["a", "b\\n", "c", "d", "e"], parts.SelectMany(part => part.Keys));
        Assert.Equal([2L, 2, 1], parts.Select(part => part.Rows.shape[0]));
        Assert.Equal(rows.data<float>().ToArray(), parts.SelectMany(part => part.Rows.data<float>().ToArray()));
        again.Append(["f"], rows.narrow(0, 0, 1), 8); // and the file goes on after them
        Assert.Equal(6, again.Rows);
        again.Discard();
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_run_without_rows_leaves_nothing_behind()
    {
        FeatureFolder.Open(folder.PathOf("f.npy")).Dispose();
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_the_users_error_and_keeps_the_rows()
    {
        var path = folder.PathOf("f.npy");
        Directory.CreateDirectory(path);
        using (var file = FeatureFolder.Open(path))
        {
            FeatureFolder.Append(file, 10, 4);
            AssertOneLine(Assert.Throws<UserErrorException>(() => file.Complete(10)), path, "4 rows so far are kept");
        }

        Directory.Delete(path);
        using var resumed = FeatureFolder.Open(path);
        Assert.Equal((true, 4), (resumed.IsComplete, resumed.Rows));
        Assert.Equal([4, 2, 3], FeatureFolder.ReadNpy(path).Shape);
    }

    [Fact]
    public void Numbers_are_rounded_to_bfloat16_in_safetensors()
    {
        var path = folder.PathOf("f.safetensors");
        using (var file = FeatureFolder.Open(path, type: ScalarType.BFloat16))
        {
            using var rows = tensor([1f, 1.00390625f, -3.14159f, 65504f, 1e30f, 0f]).reshape([1, .. FeatureFolder.RowShape]);
            Assert.Empty(file.Append(["a"], rows, 1));
            file.Complete(1);
        }

        using var read = PerceptionEncoder.Serialization.Weights.TensorFile.Open(path);
        using var features = read.Read("features");
        Assert.Equal(ScalarType.BFloat16, features.dtype);
        Assert.Equal([1, 2, 3], features.shape);
        Assert.Equal([1f, 1f, -3.140625f, 65536f], features.to(float32).flatten()[..4].data<float>().ToArray());
    }

    [Fact]
    public void Rows_that_are_not_finite_in_the_files_type_are_told_and_counted_over_sessions()
    {
        var path = folder.PathOf("f.npy");
        using (var file = FeatureFolder.Open(path, type: ScalarType.Float16))
        {
            using var rows = zeros([3, .. FeatureFolder.RowShape]);
            rows[0, 1, 2] = float.NaN;
            rows[2, 0, 0] = 1e6f;                                           // finite, but not in float16
            Assert.Equal([0, 2], file.Append(["a", "b", "c"], rows, 3));
            file.Flush();
        }

        using (var again = FeatureFolder.Open(path, type: ScalarType.Float16))
        {
            Assert.Equal(2, again.NotFinite);
            using var row = ones([1, .. FeatureFolder.RowShape]);
            Assert.Empty(again.Append(["d"], row, 4));
            Assert.Equal(2, again.NotFinite);
            again.Complete(4);
        }
    }

    [Theory]
    [InlineData("f.npy", ScalarType.BFloat16, "fp32 or fp16", ".safetensors for bf16")]
    [InlineData("f.parquet", ScalarType.BFloat16, "holds features of fp32, not bfloat16", ".safetensors for fp16 and bf16")]
    [InlineData("f.parquet", ScalarType.Float16, "holds features of fp32, not float16", ".safetensors for fp16 and bf16")]
    public void A_type_that_the_format_has_not_is_refused_with_those_it_has(string name, ScalarType type, params string[] parts)
    {
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFile.CheckType(folder.PathOf(name), type)), parts);
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(folder.PathOf(name), type: type)), parts);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Unknown_formats_and_float16_parquet_are_refused_in_one_line()
    {
        AssertOneLine(Assert.Throws<UserErrorException>(() => FeatureFolder.Open(folder.PathOf("f.csv"))), "f.csv", ".npy", ".parquet");
        AssertOneLine(
            Assert.Throws<UserErrorException>(() => FeatureFolder.Open(folder.PathOf("f.parquet"), type: ScalarType.Float16)),
            "f.parquet",
            "fp32");
    }

    [Fact]
    public void Rows_of_another_shape_are_a_mistake_of_the_caller()
    {
        using var file = FeatureFolder.Open(folder.PathOf("f.npy"));
        using var rows = zeros(2, 6);
        Assert.Throws<ArgumentException>(() => file.Append(["a", "b"], rows, 2));
    }

    [Fact]
    public void A_key_with_line_breaks_stays_on_its_line()
    {
        var path = folder.PathOf("f.npy");
        using (var file = FeatureFolder.Open(path))
        {
            using var rows = zeros(2, 2, 3);
            file.Append(["a\nb\r", "c"], rows, 2);
            file.Complete(2);
        }

        Assert.Equal(["a\\nb\\r", "c"], File.ReadAllLines(path + ".keys.txt"));
    }

    private static void AssertOneLine(UserErrorException failure, params string[] parts)
    {
        Assert.DoesNotContain('\n', failure.Message);
        Assert.All(parts, part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
    }
}
